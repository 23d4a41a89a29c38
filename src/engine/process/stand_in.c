/* Temporary: until the modules of this folder and of engine/protocol are merged. */
#include "clean_environment.h"
#include "command_words.h"
#include "engine/protocol/protocol.h"
#include "files/installed.h"
#include "guarded_program.h"
#include "output_lines.h"
#pragma GCC diagnostic ignored "-Wunused-parameter"
bool installed_find(const char *relative, char *path, size_t size)
{
    return false;
}
char **command_words_split(const char *command, const char **fault)
{
    *fault = "stand-in";
    return 0;
}
char **clean_environment_make(char *const *environment, int rank, int ranks, const char *scratch,
                              const char *python)
{
    return 0;
}
void output_lines_end(struct output_lines *l)
{
}
void output_lines_clear(struct output_lines *l)
{
}
void output_lines_show_kept(struct output_lines *l)
{
}
int guarded_program_start(struct guarded_program *p, const char *guard, char *const *words,
                          char *const *e, const char *scratch, struct output_lines *lines)
{
    return 1;
}
void guarded_program_send(struct guarded_program *p, const char *bytes, size_t size)
{
}
enum guarded_event guarded_program_receive_line(struct guarded_program *p, size_t limit,
                                                const struct guarded_wait *wait, const char **line,
                                                size_t *length)
{
    return GUARDED_ENDED;
}
enum guarded_event guarded_program_receive_bytes(struct guarded_program *p, size_t size,
                                                 const struct guarded_wait *wait,
                                                 const char **bytes)
{
    return GUARDED_ENDED;
}
void guarded_program_kill(struct guarded_program *p)
{
}
void guarded_program_describe_end(const struct guarded_program *p, char *text, size_t size)
{
}
void message_free(struct message *m)
{
}
void message_clear(struct message *m)
{
}
bool protocol_read_hello(const char *line, size_t length, struct protocol_hello *hello, char *text)
{
    return false;
}
void protocol_hello_free(struct protocol_hello *hello)
{
}
uint64_t protocol_hello_hash(const struct protocol_hello *hello)
{
    return 0;
}
void protocol_write_place(struct message *m, const struct protocol_place *place)
{
}
bool protocol_read_ready(const char *line, size_t length, char *text)
{
    return false;
}
void protocol_write_call(struct message *m, enum protocol_question question, size_t number,
                         const struct dtrain_shape *shape, const struct dtrain_call *call,
                         bool text)
{
}
enum protocol_answer protocol_read_answer(const char *line, size_t length, enum protocol_question q,
                                          size_t count, double *values, int *class, char *text)
{
    return PROTOCOL_NONSENSE;
}
void protocol_take_doubles(const char *bytes, size_t count, double *numbers)
{
}
