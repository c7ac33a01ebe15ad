/* Optimisers and learning-rate schedules. */
#ifndef GNN_OPTIM_H
#define GNN_OPTIM_H

#include <gnn/model.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum gnn_optimizer_kind {
    GNN_OPT_ADAM,
    GNN_OPT_ADAMW,
    GNN_OPT_SGD,
    GNN_N_OPT
} gnn_optimizer_kind;

typedef struct gnn_optimizer_options {
    int kind; /**< gnn_optimizer_kind */
    double lr;
    double weight_decay; /**< adam, sgd: λθ added to the gradient; adamw: θ -= lr λ θ */
    double beta1, beta2, epsilon; /**< Adam [Kingma & Ba 2015] */
    double momentum;              /**< SGD */
    double clip;                  /**< largest norm of the whole gradient, 0: none */
} gnn_optimizer_options;
GNN_API const gnn_option *gnn_optimizer_option_table(void);
/** The defaults of the table: Adam with a learning rate of 0.01. */
GNN_API void gnn_optimizer_options_init(gnn_optimizer_options *options);

/** An optimiser with its moments for every trained parameter of a model (borrowed).
 *  Errors: GNN_ERR_ARGUMENT for an option out of its range; GNN_ERR_MEMORY. */
typedef struct gnn_optimizer gnn_optimizer;
GNN_API gnn_status gnn_optimizer_new(gnn_model *model,
                                     const gnn_optimizer_options *options,
                                     gnn_optimizer **optimizer);
GNN_API void gnn_optimizer_free(gnn_optimizer *optimizer);
/** Own learning rate (as a factor on lr) or weight decay of a parameter group. */
GNN_API gnn_status gnn_optimizer_group(gnn_optimizer *optimizer, const char *group,
                                       double lr_factor, double weight_decay);
/** One update from the gradients in ctx, with the learning rate times `schedule`.
 *  Parameters without a gradient in this step stay as they are. Row-sparse gradients
 *  update their rows only (lazy moments, as documented in optim.c). Allocates nothing.
 *  Errors: GNN_ERR_NUMERIC when a gradient is not finite (nothing is changed). */
GNN_API gnn_status gnn_optimizer_step(gnn_optimizer *optimizer, gnn_context *ctx,
                                      double schedule);
/** The state, for checkpoints: n arrays, (name, pointer, count of gnn_real), and the
 *  number of updates made, which may be set when a run is resumed. */
GNN_API int gnn_optimizer_n_states(const gnn_optimizer *optimizer);
GNN_API gnn_real *gnn_optimizer_state(const gnn_optimizer *optimizer, int i,
                                      const char **name, int64_t *count);
GNN_API int64_t gnn_optimizer_updates(const gnn_optimizer *optimizer);
GNN_API void gnn_optimizer_updates_set(gnn_optimizer *optimizer, int64_t updates);

typedef enum gnn_schedule_kind {
    GNN_SCHED_CONSTANT,
    GNN_SCHED_STEP,
    GNN_SCHED_COSINE,
    GNN_SCHED_PLATEAU,
    GNN_N_SCHED
} gnn_schedule_kind;
/** Factor on the learning rate, epoch by epoch. Plain struct: it is its own
 *  checkpoint. */
typedef struct gnn_schedule {
    int kind;       /**< gnn_schedule_kind */
    int64_t warmup; /**< epochs of linear rise, first */
    int64_t every;  /**< step: epochs between drops; plateau: patience */
    double factor;  /**< step, plateau: what a drop multiplies by */
    double last;    /**< cosine: final factor */
    int64_t epochs; /**< cosine: length */
    double current; /**< plateau's state: factor reached, 1 at first */
    double best;    /**< plateau's state */
    int64_t since;  /**< plateau's state: epochs since best */
} gnn_schedule;
GNN_API double gnn_schedule_factor(const gnn_schedule *schedule, int64_t epoch);
/** Tell plateau the validation loss of an epoch. */
GNN_API void gnn_schedule_observe(gnn_schedule *schedule, double loss);

#ifdef __cplusplus
}
#endif

#endif
