/* SPDX-License-Identifier: MIT
 *
 * Weights of networks of any depth are read as they were written, by dtrain or by another program,
 * and anything that is no network is refused with its name. */
#include "runs/weights.h"
#include "core/model/network.h"
#include "files/hdf5_file.h"
#include "folder.h"
#include "testing.h"

#include <string.h>

enum { PARAMETERS_MAX = 200 };

static hid_t file;
static double theta[PARAMETERS_MAX];

/* Writes a network as the group "net", in place of an earlier one. */
static struct tensors write_network(const struct activation *activation, int layers,
                                    const int *widths)
{
    const struct tensors tensors = network_tensors(activation, &head_softmax, layers, widths);
    assert_true(tensors.parameters <= PARAMETERS_MAX);
    if (H5Lexists(file, "net", H5P_DEFAULT) > 0)
        assert_true(H5Ldelete(file, "net", H5P_DEFAULT) >= 0);
    assert_true(weights_write_group(file, "/net", &tensors, theta));
    return tensors;
}

/* Reads the group "net"; the caller frees *read. */
static enum status read_network(struct tensors *tensors, double **read, struct error *error)
{
    *read = NULL;
    return weights_read_group(file, "/net", "a.h5", tensors, read, error);
}

static void assert_refused(const char *text)
{
    struct tensors tensors;
    struct error error = {0};
    double *read;
    if (read_network(&tensors, &read, &error) != STATUS_FAILED || strcmp(error.text, text) != 0)
        fail_msg("not '%s' but '%s'", text, error.text);
    free(read);
}

static void test_what_is_written_is_read(void **state)
{
    (void)state;
    static const struct activation *const activations[] = {&activation_sigmoid, &activation_tanh,
                                                           &activation_relu};
    static const int widths[NETWORK_LAYERS_MAX + 1] = {4, 3, 5, 2, 3, 1, 2, 3, 2,
                                                       1, 2, 3, 2, 1, 2, 3, 2};
    for (int layers = 2; layers <= NETWORK_LAYERS_MAX; layers += layers < 4 ? 1 : 4)
        for (size_t i = 0; i < 3; ++i) {
            struct tensors tensors;
            struct error error;
            double *read;
            const struct tensors written = write_network(activations[i], layers, widths);
            assert_int_equal(read_network(&tensors, &read, &error), STATUS_DONE);
            assert_true(tensors_equal(&tensors, &written));
            assert_string_equal(tensors.activation, activations[i]->name);
            assert_memory_equal(read, theta, written.parameters * sizeof *theta);
            free(read);
        }
}

/* Files of sigmoid networks are as they were before there were other activations. */
static void test_the_sigmoid_is_not_named(void **state)
{
    (void)state;
    static const int widths[] = {3, 2, 2};
    write_network(&activation_sigmoid, 2, widths);
    assert_int_equal(H5Aexists_by_name(file, "net", "activation", H5P_DEFAULT), 0);
    write_network(&activation_tanh, 2, widths);
    assert_true(H5Aexists_by_name(file, "net", "activation", H5P_DEFAULT) > 0);
}

/* Gives the group "net" the attribute. */
static void set_activation(hid_t type, const void *value)
{
    const hid_t group = H5Gopen2(file, "net", H5P_DEFAULT);
    if (H5Aexists(group, "activation") > 0)
        H5Adelete(group, "activation");
    assert_true(hdf5_file_write_number(group, "activation", type, type, value));
    H5Gclose(group);
}

/* h5py writes texts of variable length. */
static void test_an_activation_may_be_named_by_any_program(void **state)
{
    (void)state;
    static const int widths[] = {3, 2, 2};
    const char *name = "relu";
    const int number = 3;
    const hid_t type = H5Tcopy(H5T_C_S1);
    struct tensors tensors;
    struct error error;
    double *read;
    H5Tset_size(type, H5T_VARIABLE);
    write_network(&activation_sigmoid, 2, widths);
    set_activation(type, &name);
    assert_int_equal(read_network(&tensors, &read, &error), STATUS_DONE);
    assert_string_equal(tensors.activation, "relu");
    free(read);
    name = "softplus";
    set_activation(type, &name);
    assert_refused("a.h5: has the activation 'softplus': dtrain knows sigmoid, tanh and relu");
    set_activation(H5T_NATIVE_INT, &number);
    assert_refused("a.h5: has the activation '(no text)': dtrain knows sigmoid, tanh and relu");
    H5Tclose(type);
}

/* Writes a network of the widths, and then a tensor in place of one of its own, or beside them;
 * without a shape it only takes that one away. */
static void spoil(const int *widths, int layers, const char *name, int rows, int columns)
{
    struct tensors tensor = {0};
    write_network(&activation_sigmoid, layers, widths);
    const hid_t group = H5Gopen2(file, "net", H5P_DEFAULT);
    if (H5Lexists(group, name, H5P_DEFAULT) > 0)
        H5Ldelete(group, name, H5P_DEFAULT);
    if (rows > 0) {
        char path[32];
        snprintf(path, sizeof path, "net/%s", name);
        tensors_add(&tensor, name, rows, columns);
        if (H5Lexists(file, "new", H5P_DEFAULT) > 0)
            H5Ldelete(file, "new", H5P_DEFAULT);
        assert_true(weights_write_group(file, "/new", &tensor, theta));
        snprintf(path, sizeof path, "/new/%s", name);
        assert_true(H5Lcreate_hard(file, path, group, name, H5P_DEFAULT, H5P_DEFAULT) >= 0);
    }
    H5Gclose(group);
}

static void test_what_is_no_network_is_refused(void **state)
{
    (void)state;
    static const int deep[NETWORK_LAYERS_MAX + 1] = {4, 3, 5, 2, 3, 1, 2, 3, 2,
                                                     1, 2, 3, 2, 1, 2, 3, 2};
    static const struct {
        int layers;
        const char *name;
        int rows, columns;
        const char *refusal;
    } cases[] = {
        {3, "W2", 4, 5, "a.h5: W1 (4, 3) and W2 (4, 5) do not fit"},
        {3, "W3", 6, 2, "a.h5: W2 (3, 5) and W3 (6, 2) do not fit"},
        {3, "W4", 5, 2, "a.h5: W3 (5, 2) and W4 (5, 2) do not fit"},
        {2, "W2", 3, 1, "a.h5: W2 (3, 1) leads to fewer than 2 classes"},
        {3, "b3", 0, 0,
         "a.h5: b3 is missing: there is only W1, W2, W3, b1, b2 (data/README.md describes the "
         "format)"},
        {3, "b2", 4, 0, "a.h5: b2 does not fit W2"},
        {3, "b3", 5, 2, "a.h5: b3 is no vector of floats"},
        {3, "W3", 5, 0, "a.h5: W3 is no matrix of floats"},
        {2, "W2", 0, 0,
         "a.h5: W2 is missing: there is only W1, b1, b2 (data/README.md describes the format)"},
        {NETWORK_LAYERS_MAX, "W17", 2, 2, "a.h5: has more than 16 layers"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        spoil(deep, cases[i].layers, cases[i].name, cases[i].rows, cases[i].columns);
        assert_refused(cases[i].refusal);
    }
    /* Without W3 the other tensors are a network of two layers; W4 is not looked at. */
    spoil(deep, 4, "W3", 0, 0);
    struct tensors tensors;
    struct error error;
    double *read;
    assert_int_equal(read_network(&tensors, &read, &error), STATUS_DONE);
    assert_int_equal(tensors.count, 4);
    free(read);
}

static int enter(void **state)
{
    for (int i = 0; i < PARAMETERS_MAX; ++i)
        theta[i] = i / 7.0;
    return folder_enter_file(state, &file);
}

static int leave(void **state)
{
    return folder_leave_file(state, file);
}

/* Writes the group "model", in place of an earlier one, with theta (count) and these names. */
static struct tensors write_model(int count, const char *const *names)
{
    struct tensors tensors = {0};
    tensors_add(&tensors, "theta", count, 0);
    if (H5Lexists(file, "model", H5P_DEFAULT) > 0)
        assert_true(H5Ldelete(file, "model", H5P_DEFAULT) >= 0);
    assert_true(weights_write_group(file, "/model", &tensors, theta));
    assert_true(!names || weights_write_names(file, "/model", names, &tensors));
    return tensors;
}

static void test_the_names_of_parameters_are_read(void **state)
{
    (void)state;
    const char *const names[] = {"inflow", "outlet", "seepage"};
    const char *const others[] = {"inflow", "seepage", "outlet"};
    const char **read;
    struct error error;
    struct tensors tensors = write_model(3, names);
    assert_int_equal(weights_read_names(file, "/model", "a.h5", &tensors, &read, &error),
                     STATUS_DONE);
    assert_int_equal(weights_compare_names("a.h5", read, names, 3, &error), STATUS_DONE);
    assert_int_equal(weights_compare_names("a.h5", read, others, 3, &error), STATUS_USAGE);
    assert_string_equal(error.text, "a.h5: parameter 1 is called 'outlet' there, but 'seepage' in "
                                    "this model: give the model that it was made with");
    assert_int_equal(weights_compare_names("a.h5", read, NULL, 3, &error), STATUS_DONE);
    assert_int_equal(weights_compare_names("a.h5", NULL, names, 3, &error), STATUS_DONE);
    free(read);
    tensors.parameters = 4;
    assert_int_equal(weights_read_names(file, "/model", "a.h5", &tensors, &read, &error),
                     STATUS_FAILED);
    assert_null(read);
    assert_string_equal(error.text, "a.h5: the attribute names of theta is no list of 4 texts");
}

/* Models that give no names, and networks, have none; nor do models with so many that an attribute
 * of HDF5 cannot hold them. */
static void test_weights_without_names_are_read(void **state)
{
    (void)state;
    enum { MANY = 1001 };
    static const int widths[] = {3, 2, 2};
    static char name[WEIGHTS_NAMES_MAX / (MANY - 1) + 1];
    const char *names[MANY], **read;
    struct error error;
    struct tensors tensors = write_network(&activation_tanh, 2, widths);
    assert_int_equal(weights_read_names(file, "/net", "a.h5", &tensors, &read, &error),
                     STATUS_DONE);
    assert_null(read);
    memset(name, 'x', sizeof name - 1);
    for (int p = 0; p < MANY; ++p)
        names[p] = name;
    for (int count = MANY - 1; count <= MANY; ++count) {
        static double many[MANY];
        tensors = (struct tensors){0};
        tensors_add(&tensors, "theta", count, 0);
        if (H5Lexists(file, "model", H5P_DEFAULT) > 0)
            assert_true(H5Ldelete(file, "model", H5P_DEFAULT) >= 0);
        assert_true(weights_write_group(file, "/model", &tensors, many));
        assert_true(weights_write_names(file, "/model", names, &tensors));
        assert_int_equal(weights_read_names(file, "/model", "a.h5", &tensors, &read, &error),
                         STATUS_DONE);
        assert_int_equal(read != NULL, count < MANY);
        free(read);
    }
    tensors = write_model(3, NULL);
    assert_int_equal(weights_read_names(file, "/model", "a.h5", &tensors, &read, &error),
                     STATUS_DONE);
    assert_null(read);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_written_is_read),
        cmocka_unit_test(test_the_sigmoid_is_not_named),
        cmocka_unit_test(test_an_activation_may_be_named_by_any_program),
        cmocka_unit_test(test_what_is_no_network_is_refused),
        cmocka_unit_test(test_the_names_of_parameters_are_read),
        cmocka_unit_test(test_weights_without_names_are_read),
    };
    return cmocka_run_group_tests(tests, enter, leave);
}
