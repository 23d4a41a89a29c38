/* SPDX-License-Identifier: MIT
 *
 * A line that another process has written, as JSON; and what is wrong with it, as text. */
#ifndef DTRAIN_JSON_LINE_H
#define DTRAIN_JSON_LINE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Reads an object of JSON with at most `values` values, whatever they are; NULL if the line is
 * none: text[PROTOCOL_TEXT_SIZE] then says why. Integers become reals, which hold any below 2^53;
 * the words NaN, Infinity and -Infinity, which JSON does not have, become strings. The result's
 * memory is bounded by the line's length and `values`. Free with json_decref. */
json_t *json_line_read(const char *line, size_t length, size_t values, char *text);

/* A member of an object; NULL if it is missing or null. */
json_t *json_line_member(const json_t *object, const char *key);

/* False if it is not an integer within these two. */
bool json_line_integer(const json_t *value, int64_t minimum, int64_t maximum, int64_t *integer);

/* False if it is neither a number nor one of those words. */
bool json_line_number(const json_t *value, double *number);

/* False unless it is a string without a zero byte. *string is valid as long as the value. */
bool json_line_string(const json_t *value, const char **string);

/* Writes a line of text to text[PROTOCOL_TEXT_SIZE], made printable. Returns false. */
bool json_line_fault(char *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Appends ": " and the beginning of the line to such a text. Returns false. */
bool json_line_quote(char *text, const char *line, size_t length);

/* Writes a string of JSON's there, of which any byte may be zero. */
void json_line_copy(char *text, const json_t *string);

/* Writes why a model cannot begin, as its member "failed" says. Returns false. */
bool json_line_reason(const json_t *failed, char *text);

#endif
