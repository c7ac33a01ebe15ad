/* Named parameters: made, filled, grouped, found. */
#include "layers/parameters.h"

#include <math.h>
#include <string.h>

#include "core/alloc.h"
#include "core/rng.h"
#include "tensor/context.h"
#include "tensor/tape.h"

/* Streams of the seed for initial values; dropout draws by step from 0 up, the trainer's
 * purposes stand above 2^60. */
static const uint64_t INIT_STREAM = (uint64_t)3 << 60;

gnn_status gnn_i_parameters_begin_group(gnn_i_parameters *parameters, const char *name) {
    for (int g = 0; g < parameters->n_groups; g++)
        if (strcmp(parameters->groups[g], name) == 0) {
            parameters->group = g;
            return GNN_OK;
        }
    gnn_status status;
    char *copy = NULL;
    GNN_TRY(gnn_i_grow(&parameters->groups, &parameters->groups_capacity,
                       parameters->n_groups + 1, sizeof *parameters->groups,
                       "parameter groups"));
    GNN_TRY(gnn_i_strdup(&copy, name));
    parameters->groups[parameters->n_groups] = copy;
    parameters->group = parameters->n_groups++;
cleanup:
    return status;
}

/* ---- filling ---- */

static double bound_of(gnn_init init, int64_t fan_in, int64_t fan_out) {
    double in = (double)(fan_in > 0 ? fan_in : 1),
           out = (double)(fan_out > 0 ? fan_out : 0);
    switch (init) {
    case GNN_INIT_GLOROT: return sqrt(6 / (in + out));
    case GNN_INIT_HE: return sqrt(6 / in);
    case GNN_INIT_UNIFORM_FAN_IN: return sqrt(1 / in);
    case GNN_INIT_ZERO:
    case GNN_INIT_ONE: break;
    }
    return 0;
}

static void fill(gnn_tensor *tensor, gnn_init init, int64_t fan_in, int64_t fan_out,
                 uint64_t seed, int place) {
    gnn_real *value = gnn_tensor_real(tensor);
    int64_t n = gnn_tensor_count(tensor);
    double bound = bound_of(init, fan_in, fan_out);
    if (init == GNN_INIT_ONE)
        for (int64_t i = 0; i < n; i++) value[i] = 1;
    if (bound == 0) return;
    gnn_i_rng rng;
    gnn_i_rng_init(&rng, seed, INIT_STREAM | (uint64_t)place);
    /* drawn in float, so that both builds begin at the same point */
    for (int64_t i = 0; i < n; i++)
        value[i] = (gnn_real)(bound * (2 * (double)gnn_i_rng_uniform_f32(&rng) - 1));
}

/* ---- the set ---- */

gnn_tensor *gnn_i_parameters_find(const gnn_i_parameters *parameters, const char *name) {
    for (int i = 0; i < parameters->n; i++)
        if (strcmp(parameters->item[i].name, name) == 0)
            return parameters->item[i].tensor;
    return NULL;
}

gnn_status gnn_i_parameters_add(gnn_i_parameters *parameters, const char *name,
                                int n_axes, const int64_t *shape, gnn_init init,
                                int64_t fan_in, int64_t fan_out, bool trained,
                                gnn_tensor **parameter) {
    gnn_status status;
    gnn_tensor *tensor = NULL;
    char *copy = NULL;
    *parameter = NULL;
    GNN_CHECK(name != NULL && name[0] != '\0', GNN_ERR_ARGUMENT,
              "a parameter without a name");
    GNN_CHECK(gnn_i_parameters_find(parameters, name) == NULL, GNN_ERR_ARGUMENT,
              "the model has a parameter '%s' already", name);
    if (parameters->n_groups == 0)
        GNN_TRY(gnn_i_parameters_begin_group(parameters, "all"));
    GNN_TRY(gnn_i_grow(&parameters->item, &parameters->capacity, parameters->n + 1,
                       sizeof *parameters->item, "parameters"));
    GNN_TRY(gnn_i_strdup(&copy, name));
    GNN_TRY(gnn_tensor_new(GNN_REAL, GNN_AXIS_FREE, n_axes, shape, &tensor));
    fill(tensor, init, fan_in, fan_out, parameters->seed, parameters->n);
    tensor->name = copy;
    tensor->requires_grad = trained;
    parameters->item[parameters->n++] =
        (gnn_i_parameter){.tensor = tensor, .name = copy, .group = parameters->group};
    *parameter = tensor;
    return GNN_OK;
cleanup:
    gnn_i_free(copy);
    return status;
}

void gnn_i_parameters_cut(gnn_i_parameters *parameters, int n) {
    while (parameters->n > n) {
        gnn_i_parameter *last = &parameters->item[--parameters->n];
        gnn_tensor_free(last->tensor);
        gnn_i_free(last->name);
    }
}

void gnn_i_parameters_clear(gnn_i_parameters *parameters) {
    gnn_i_parameters_cut(parameters, 0);
    for (int g = 0; g < parameters->n_groups; g++) gnn_i_free(parameters->groups[g]);
    gnn_i_free(parameters->item);
    gnn_i_free(parameters->groups);
    *parameters = (gnn_i_parameters){.seed = parameters->seed};
}
