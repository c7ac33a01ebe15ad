/* Named parameters in groups: a model owns a set of them, layers add theirs to it. */
#ifndef GNN_LAYERS_PARAMETERS_H
#define GNN_LAYERS_PARAMETERS_H

#include <gnn/model.h>

typedef struct gnn_i_parameter {
    gnn_tensor *tensor;
    char *name;
    int group;
} gnn_i_parameter;

typedef struct gnn_i_parameters {
    uint64_t seed; /* of the initial values */
    gnn_i_parameter *item;
    int n, capacity;
    char **groups;
    int n_groups, groups_capacity;
    int group; /* what is added belongs to it */
} gnn_i_parameters;

/* What is added from now on belongs to the group of this name. */
gnn_status gnn_i_parameters_begin_group(gnn_i_parameters *parameters, const char *name);
/* See gnn_model_add_parameter. */
gnn_status gnn_i_parameters_add(gnn_i_parameters *parameters, const char *name,
                                int n_axes, const int64_t *shape, gnn_init init,
                                int64_t fan_in, int64_t fan_out, bool trained,
                                gnn_tensor **parameter);
/* By name; NULL when there is none. */
gnn_tensor *gnn_i_parameters_find(const gnn_i_parameters *parameters, const char *name);
/* Free all but the first n. */
void gnn_i_parameters_cut(gnn_i_parameters *parameters, int n);
/* Free everything; the struct may be used again. */
void gnn_i_parameters_clear(gnn_i_parameters *parameters);

#endif
