/* Optimisers: state for every trained parameter of a model, updated in one pass a
 * parameter.
 *
 * Row-sparse gradients update the rows they hold: moments of other rows do not decay in
 * that step (lazy Adam), weight decay touches only the rows seen, and the bias correction
 * uses the number of updates of the whole optimiser. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include <gnn/optim.h>

#include "core/alloc.h"
#include "kernels/update.h"

typedef struct entry {
    gnn_tensor *parameter;
    int group;
    gnn_real *first, *second; /* moments; SGD: velocity, NULL */
    char first_name[160], second_name[160];
} entry;

typedef struct group {
    double lr_factor, weight_decay;
} group;

struct gnn_optimizer {
    gnn_model *model;
    gnn_optimizer_options options;
    int n_entries, n_groups;
    entry *entries; /* (n_entries) trained parameters */
    group *groups;  /* (n_groups) */
    void *scratch;  /* of the norms */
    int64_t updates;
};

static gnn_status new_entry(gnn_optimizer *o, gnn_tensor *parameter, int group_of,
                            size_t *most) {
    gnn_status status = GNN_OK;
    entry *e = &o->entries[o->n_entries++];
    bool adam = o->options.kind != GNN_OPT_SGD;
    size_t count = (size_t)gnn_tensor_count(parameter);
    e->parameter = parameter;
    e->group = group_of;
    if (gnn_i_sum_scratch((int64_t)count) > *most)
        *most = gnn_i_sum_scratch((int64_t)count);
    snprintf(e->first_name, sizeof e->first_name, "%s.%s", adam ? "first" : "velocity",
             parameter->name ? parameter->name : "parameter");
    snprintf(e->second_name, sizeof e->second_name, "second.%s",
             parameter->name ? parameter->name : "parameter");
    if (adam || o->options.momentum > 0)
        GNN_TRY(
            gnn_i_calloc(&e->first, count, sizeof(gnn_real), "the optimiser's state"));
    if (adam)
        GNN_TRY(
            gnn_i_calloc(&e->second, count, sizeof(gnn_real), "the optimiser's state"));
cleanup:
    return status;
}

void gnn_optimizer_options_init(gnn_optimizer_options *options) {
    *options = (gnn_optimizer_options){0};
    gnn_options_init(gnn_optimizer_option_table(), options);
}

/* A struct may be filled by hand, past the checks of the option table. */
static gnn_status check_ranges(const gnn_optimizer_options *options) {
    if (options->kind < 0 || options->kind >= GNN_N_OPT)
        return gnn_fail(GNN_ERR_ARGUMENT, "optimizer: kind is %d, expected 0 to %d",
                        options->kind, GNN_N_OPT - 1);
    for (const gnn_option *o = gnn_optimizer_option_table(); o->name; o++) {
        if (o->type != GNN_OPTION_REAL) continue;
        double value = *(const double *)((const char *)options + o->offset);
        if (!(value >= o->least && value <= o->most)) /* NaN, too */
            return gnn_fail(GNN_ERR_ARGUMENT, "optimizer: %s is %g, expected %g to %g",
                            o->name, value, o->least, o->most);
    }
    return GNN_OK;
}

gnn_status gnn_optimizer_new(gnn_model *model, const gnn_optimizer_options *options,
                             gnn_optimizer **out) {
    gnn_status status = GNN_OK;
    gnn_optimizer *o = NULL;
    size_t scratch = 1;
    int n = gnn_model_n_parameters(model);
    *out = NULL;
    GNN_TRY(check_ranges(options));
    GNN_TRY(gnn_i_calloc(&o, 1, sizeof *o, "an optimiser"));
    o->model = model;
    o->options = *options;
    o->n_groups = gnn_model_n_groups(model);
    GNN_TRY(
        gnn_i_calloc(&o->groups, (size_t)o->n_groups, sizeof *o->groups, "an optimiser"));
    GNN_TRY(gnn_i_calloc(&o->entries, (size_t)n, sizeof *o->entries, "an optimiser"));
    for (int g = 0; g < o->n_groups; g++)
        o->groups[g] = (group){1, options->weight_decay};
    for (int i = 0; i < n; i++) {
        gnn_tensor *parameter = gnn_model_parameter(model, i);
        if (parameter->requires_grad)
            GNN_TRY(
                new_entry(o, parameter, gnn_model_parameter_group(model, i), &scratch));
    }
    GNN_TRY(gnn_i_alloc(&o->scratch, scratch, 1, "an optimiser"));
    *out = o;
    return GNN_OK;
cleanup:
    gnn_optimizer_free(o);
    return status;
}

void gnn_optimizer_free(gnn_optimizer *o) {
    if (!o) return;
    for (int i = 0; o->entries && i < o->n_entries; i++) {
        gnn_i_free(o->entries[i].first);
        gnn_i_free(o->entries[i].second);
    }
    gnn_i_free(o->entries);
    gnn_i_free(o->groups);
    gnn_i_free(o->scratch);
    gnn_i_free(o);
}

gnn_status gnn_optimizer_group(gnn_optimizer *o, const char *name, double lr_factor,
                               double weight_decay) {
    char known[512] = "";
    for (int g = 0; g < o->n_groups; g++) {
        const char *have = gnn_model_group_name(o->model, g);
        if (strcmp(have, name) == 0) {
            o->groups[g] = (group){lr_factor, weight_decay};
            return GNN_OK;
        }
        size_t used = strlen(known);
        snprintf(known + used, sizeof known - used, "%s%s", used ? ", " : "", have);
    }
    return gnn_fail(GNN_ERR_ARGUMENT, "unknown parameter group '%s'; known: %s", name,
                    known);
}

/* Squared norm of the gradient of one parameter; 0 when it has none. */
static double squared_norm(gnn_optimizer *o, gnn_context *ctx, const entry *e) {
    int threads = gnn_context_n_threads(ctx);
    gnn_rows rows;
    gnn_real *dense = gnn_gradient(ctx, e->parameter);
    if (dense)
        return gnn_i_squared_norm(threads, gnn_tensor_count(e->parameter), dense,
                                  o->scratch);
    if (!gnn_gradient_rows(ctx, e->parameter, &rows)) return 0;
    int64_t width = gnn_tensor_width(e->parameter);
    double sum = 0;
    for (int64_t i = 0; i < rows.n; i++)
        sum += gnn_i_squared_norm(threads, width, rows.values + i * width, o->scratch);
    return sum;
}

/* Update `count` values that start at `offset` of a parameter. */
static void update(const gnn_optimizer *o, const entry *e, int threads, int64_t offset,
                   int64_t count, const gnn_real *gradient, double lr, double scale) {
    gnn_real *w = (gnn_real *)e->parameter->data + offset;
    double decay = o->groups[e->group].weight_decay;
    if (o->options.kind == GNN_OPT_SGD) {
        gnn_i_sgd_args sgd = {.lr = lr,
                              .momentum = o->options.momentum,
                              .weight_decay = decay,
                              .grad_scale = scale};
        gnn_i_sgd(threads, &sgd, count, gradient, w, e->first ? e->first + offset : NULL);
        return;
    }
    gnn_i_adam_args adam = {.lr = lr,
                            .beta1 = o->options.beta1,
                            .beta2 = o->options.beta2,
                            .eps = o->options.epsilon,
                            .weight_decay = decay,
                            .decoupled = o->options.kind == GNN_OPT_ADAMW,
                            .grad_scale = scale,
                            .step = o->updates};
    gnn_i_adam(threads, &adam, count, gradient, w, e->first + offset, e->second + offset);
}

gnn_status gnn_optimizer_step(gnn_optimizer *o, gnn_context *ctx, double schedule) {
    double total = 0, scale = 1;
    int threads = gnn_context_n_threads(ctx);
    for (int i = 0; i < o->n_entries; i++) {
        double norm = squared_norm(o, ctx, &o->entries[i]);
        if (!isfinite(norm))
            return gnn_fail(GNN_ERR_NUMERIC, "the gradient of %s is not finite",
                            o->entries[i].parameter->name);
        total += norm;
    }
    if (o->options.clip > 0 && total > o->options.clip * o->options.clip)
        scale = o->options.clip / sqrt(total);
    o->updates++;
    for (int i = 0; i < o->n_entries; i++) {
        const entry *e = &o->entries[i];
        double lr = o->options.lr * schedule * o->groups[e->group].lr_factor;
        int64_t width = gnn_tensor_width(e->parameter);
        gnn_real *dense = gnn_gradient(ctx, e->parameter);
        gnn_rows rows;
        if (dense)
            update(o, e, threads, 0, gnn_tensor_count(e->parameter), dense, lr, scale);
        else if (gnn_gradient_rows(ctx, e->parameter, &rows))
            for (int64_t r = 0; r < rows.n; r++)
                update(o, e, threads, rows.index[r] * width, width,
                       rows.values + r * width, lr, scale);
    }
    return GNN_OK;
}

/* ---- state: first of every entry, then second of every entry, leaving out what is not
 * there */

int gnn_optimizer_n_states(const gnn_optimizer *o) {
    int n = 0;
    for (int i = 0; i < o->n_entries; i++)
        n += (o->entries[i].first != NULL) + (o->entries[i].second != NULL);
    return n;
}

gnn_real *gnn_optimizer_state(const gnn_optimizer *o, int i, const char **name,
                              int64_t *count) {
    for (int e = 0; e < o->n_entries; e++) {
        const entry *at = &o->entries[e];
        *count = gnn_tensor_count(at->parameter);
        if (at->first && i-- == 0) {
            *name = at->first_name;
            return at->first;
        }
        if (at->second && i-- == 0) {
            *name = at->second_name;
            return at->second;
        }
    }
    return NULL;
}

int64_t gnn_optimizer_updates(const gnn_optimizer *o) {
    return o->updates;
}
void gnn_optimizer_updates_set(gnn_optimizer *o, int64_t updates) {
    o->updates = updates;
}
