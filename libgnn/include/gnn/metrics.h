/* Metrics over predictions, summed in double. */
#ifndef GNN_METRICS_H
#define GNN_METRICS_H

#include <gnn/tensor.h>

#ifdef __cplusplus
extern "C" {
#endif

/** How outputs are read. */
typedef enum gnn_task {
    GNN_TASK_CLASS,      /**< logits over classes, one true class a row */
    GNN_TASK_MULTILABEL, /**< a logit a label, targets 0 or 1, NaN unknown */
    GNN_TASK_REGRESS     /**< numbers, NaN unknown */
} gnn_task;

/** Everything known about predictions on a set of rows; NaN where it does not apply. */
typedef struct gnn_metrics {
    int64_t n;       /**< rows counted */
    double loss;     /**< cross-entropy, binary cross-entropy or mean squared error */
    double accuracy; /**< multilabel: of single decisions at probability ½ */
    double macro_f1, micro_f1;
    double roc_auc; /**< binary: of class 1; more: macro mean, one against the rest */
    double average_precision;
    double rmse, mae;
} gnn_metrics;

/** Metrics of outputs (n, k) on the given rows (NULL: all n).
 *  @param class_of (n) or NULL @param target (n, k) or NULL, as the task needs
 *  @param ranked also the ranking metrics, which sort: O(rows k log rows)
 *  Scratch is kept in *scratch (NULL at first, gnn_metrics_scratch_free at the end): no
 *  malloc when repeated.
 *  Errors: GNN_ERR_SHAPE for outputs that are not dense (n, k); GNN_ERR_ARGUMENT for rows
 *  that are not there and missing labels; GNN_ERR_MEMORY. */
typedef struct gnn_metrics_scratch gnn_metrics_scratch;
GNN_API gnn_status gnn_metrics_compute(gnn_task task, const gnn_tensor *outputs,
                                       const gnn_id *class_of, const gnn_real *target,
                                       int64_t n_rows, const gnn_id *rows, bool ranked,
                                       gnn_metrics_scratch **scratch,
                                       gnn_metrics *metrics);
GNN_API void gnn_metrics_scratch_free(gnn_metrics_scratch *scratch);
/** confusion[t * k + p] counts rows of true class t predicted as p (k, k).
 *  Errors: as gnn_metrics_compute, but for memory. */
GNN_API gnn_status gnn_metrics_confusion(const gnn_tensor *outputs,
                                         const gnn_id *class_of, int64_t n_rows,
                                         const gnn_id *rows, int64_t *confusion);
/** A metric by name ("accuracy", "loss", "macro_f1" …): its value, and whether more is
 *  better. False when unknown; the names are listed in gnn_metric_names,
 *  blank-separated. */
GNN_API bool gnn_metric_get(const gnn_metrics *metrics, const char *name, double *value,
                            bool *more_is_better);
GNN_API extern const char gnn_metric_names[];

#ifdef __cplusplus
}
#endif

#endif
