/* Training and inference on nodes: full batches, sampled batches, checkpoints,
 * resuming. */
#ifndef GNN_TRAIN_H
#define GNN_TRAIN_H

#include <gnn/metrics.h>
#include <gnn/model.h>
#include <gnn/optim.h>
#include <gnn/run.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What is learned: outputs of nodes. Everything is borrowed. */
typedef struct gnn_node_task {
    gnn_task kind;
    const gnn_graph *graph;
    const gnn_tensor *x; /**< (n_nodes, n_in), dense or sparse */
    int64_t n_outputs;
    const gnn_id *class_of; /**< (n_nodes) for GNN_TASK_CLASS, -1 unlabelled */
    const gnn_real *target; /**< (n_nodes, n_outputs) for the others, NaN unknown */
    const uint8_t *part;    /**< (n_nodes) gnn_part */
} gnn_node_task;

typedef struct gnn_train_options {
    int64_t epochs;
    int64_t
        patience;  /**< epochs without a better monitor before stopping, 0: never stop */
    int monitor;   /**< metric on the validation part that picks the best epoch: its
                                place in gnn_metric_names */
    int64_t batch; /**< target nodes a step, at most all that train; 0: all of them, on
                        the whole graph */
    char fanout[64]; /**< neighbours drawn a node, "10,5": layer by layer, the first
                                layer's first; one number: for all layers; "": all */
    int64_t evaluate_every;
    double smoothing;     /**< label smoothing */
    bool balance_classes; /**< weight classes by 1 / their frequency in train */
    gnn_optimizer_options optimizer;
    gnn_schedule schedule;
    char group_decay
        [128]; /**< weight decay of parameter groups, "first:0.0005;rest:0"; groups
                                not named follow optimizer.weight_decay */
    double save_every; /**< seconds between checkpoints, 0: only when cancelled */
    uint64_t seed;
    int n_threads; /**< 0: all */
} gnn_train_options;

typedef struct gnn_epoch {
    int64_t epoch;            /**< from 1 */
    double train_loss;        /**< mean over the epoch's steps, with dropout */
    double seconds;           /**< of this epoch, evaluation included */
    const gnn_metrics *valid; /**< NULL in epochs without evaluation */
    bool is_best;
} gnn_epoch;

typedef struct gnn_train_report {
    int64_t epochs;                 /**< run, including those before a resume */
    int64_t best_epoch;             /**< 0: none was evaluated */
    gnn_metrics train, valid, test; /**< of the best epoch's parameters */
    double seconds_total;           /**< of training, without reading data */
    double seconds_per_epoch;       /**< median, evaluation included */
    double seconds_per_step;        /**< median of the steps alone */
    double items_per_second;        /**< training nodes seen a second */
} gnn_train_report;

/** Called after every epoch; non-zero cancels: the state is saved, then
 *  GNN_ERR_CANCELLED. */
typedef int (*gnn_epoch_callback)(void *user, const gnn_epoch *epoch);

/** Names and help of every training setting but seed and threads, those of the optimiser
 *  and the schedule included: gnn_options_parse fills a gnn_train_options by it. */
GNN_API const gnn_option *gnn_train_option_table(void);
/** The table's defaults; seed 0, all threads. */
GNN_API void gnn_train_options_init(gnn_train_options *options);

/** Train a model; at the end it holds the parameters of the best epoch. With a run,
 *  checkpoints go into it, metrics.jsonl grows by a line an epoch, and a run that holds a
 *  state goes on from there: the result has the same bits as if it had never stopped.
 *  Errors: GNN_ERR_ARGUMENT for a setting outside of its table's range, which is named;
 *  GNN_ERR_NUMERIC when the loss is not finite (message names the epoch);
 *  GNN_ERR_CANCELLED; those of shapes and memory. Allocates nothing from the second step
 *  on. */
GNN_API gnn_status gnn_train_nodes(gnn_model *model, const gnn_node_task *task,
                                   const gnn_train_options *options, gnn_run *run,
                                   gnn_epoch_callback callback, void *user,
                                   gnn_train_report *report);

/** Outputs of all nodes, stage by stage in blocks of target rows, so that memory holds
 *  two states of the whole graph and one block's intermediates.
 *  @param stage stop after this many stages, for hidden states; -1: after all
 *  @param outputs receives a new tensor (n_nodes, width of that state), the caller's
 *  Errors: GNN_ERR_SHAPE where graph, features and model do not fit together or the graph
 *  is a part of one, GNN_ERR_ARGUMENT, GNN_ERR_CANCELLED, GNN_ERR_MEMORY. */
GNN_API gnn_status gnn_infer_nodes(const gnn_model *model, const gnn_graph *graph,
                                   const gnn_tensor *x, int stage, int n_threads,
                                   gnn_progress progress, void *user,
                                   gnn_tensor **outputs);

/** Metrics of a model on nodes of a task. Errors: GNN_ERR_SHAPE where they do not fit
 *  together, GNN_ERR_ARGUMENT, GNN_ERR_MEMORY. */
GNN_API gnn_status gnn_evaluate_nodes(const gnn_model *model, const gnn_node_task *task,
                                      gnn_part part, int n_threads, gnn_metrics *metrics);

/** Bytes that full-batch training of a model on a task and inference with it will take at
 *  their peak, data and graph included. Memory is laid out as in a real step; nothing is
 *  computed but the graph's cached views. Labels may be missing from the task. */
GNN_API gnn_status gnn_train_memory(const gnn_model *model, const gnn_node_task *task,
                                    size_t *training, size_t *inference);

/** Parameters to and from safetensors arrays of a run ("model.safetensors"). */
GNN_API gnn_status gnn_model_save(const gnn_model *model, gnn_run *run);
GNN_API gnn_status gnn_model_load(gnn_model *model, const char *path);

#ifdef __cplusplus
}
#endif

#endif
