/* Outputs and metrics of nodes, in the middle of training and after it. */
#include <math.h>

#include "core/alloc.h"
#include "train/trainer.h"

gnn_status gnn_i_task_check(const gnn_model *model, const gnn_node_task *task) {
    gnn_status status = GNN_OK;
    int64_t n = gnn_graph_n_nodes(task->graph);
    GNN_CHECK(gnn_graph_n_targets(task->graph) == n, GNN_ERR_SHAPE,
              "task: the graph has %d targets and %lld sources, need as many",
              gnn_graph_n_targets(task->graph), (long long)n);
    GNN_CHECK(task->x && task->x->shape[0] == n, GNN_ERR_SHAPE,
              "task: the features have %lld rows, the graph has %lld nodes",
              task->x ? (long long)task->x->shape[0] : 0LL, (long long)n);
    GNN_CHECK(gnn_model_n_out(model) == task->n_outputs, GNN_ERR_SHAPE,
              "task: the model has %lld outputs, the task %lld",
              (long long)gnn_model_n_out(model), (long long)task->n_outputs);
    GNN_CHECK((unsigned)task->kind <= GNN_TASK_REGRESS, GNN_ERR_ARGUMENT,
              "task: unknown kind %d", (int)task->kind);
    GNN_CHECK(task->part && (task->kind == GNN_TASK_CLASS ? task->class_of != NULL
                                                          : task->target != NULL),
              GNN_ERR_ARGUMENT, "task: there are no labels or no split");
    for (int64_t v = 0; task->class_of && v < n; v++)
        GNN_CHECK(task->class_of[v] >= -1 && task->class_of[v] < task->n_outputs,
                  GNN_ERR_ARGUMENT, "task: node %lld has class %d of %lld", (long long)v,
                  task->class_of[v], (long long)task->n_outputs);
cleanup:
    return status;
}

static bool is_labelled(const gnn_node_task *task, int64_t v) {
    if (task->class_of) return task->class_of[v] >= 0;
    for (int64_t k = 0; task->target && k < task->n_outputs; k++)
        if (!isnan(task->target[v * task->n_outputs + k])) return true;
    return false;
}

gnn_status gnn_i_labelled_rows(const gnn_node_task *task, gnn_part part, gnn_id **rows,
                               int64_t *n) {
    gnn_id n_nodes = gnn_graph_n_nodes(task->graph);
    *n = 0;
    for (gnn_id v = 0; v < n_nodes; v++)
        *n += task->part[v] == part && is_labelled(task, v);
    gnn_status status = gnn_i_alloc(rows, (size_t)*n, sizeof **rows, "a part's nodes");
    if (status != GNN_OK) return status;
    int64_t at = 0;
    for (gnn_id v = 0; v < n_nodes; v++)
        if (task->part[v] == part && is_labelled(task, v)) (*rows)[at++] = v;
    return GNN_OK;
}

gnn_status gnn_i_outputs(gnn_i_trainer *t, const gnn_tensor **outputs) {
    if (t->inference)
        return gnn_i_inference_run(t->inference, &t->x, gnn_model_n_stages(t->model), 0,
                                   NULL, NULL, outputs);
    gnn_context_begin(t->ctx, GNN_EVAL, 0);
    *outputs = gnn_model_forward(t->ctx, t->model, 1, &t->task->graph, &t->x);
    return gnn_context_status(t->ctx);
}

gnn_status gnn_i_measure(gnn_i_trainer *t, const gnn_tensor *outputs, gnn_part part,
                         bool ranked, gnn_metrics *metrics) {
    /* No rows is an empty selection, not all rows: an address serves to say so. */
    static const gnn_id none[1];
    const gnn_id *rows = t->rows[part] ? t->rows[part] : none;
    return gnn_metrics_compute(t->task->kind, outputs, t->task->class_of, t->task->target,
                               t->n_rows[part], rows, ranked, &t->scratch, metrics);
}

gnn_status gnn_evaluate_nodes(const gnn_model *model, const gnn_node_task *task,
                              gnn_part part, int n_threads, gnn_metrics *metrics) {
    gnn_status status = GNN_OK;
    gnn_tensor *outputs = NULL;
    gnn_i_trainer t = {.task = task};
    GNN_CHECK((unsigned)part < N_PARTS, GNN_ERR_ARGUMENT,
              "evaluation: there is no part %d", (int)part);
    GNN_TRY(gnn_i_task_check(model, task));
    GNN_TRY(gnn_i_labelled_rows(task, part, &t.rows[part], &t.n_rows[part]));
    GNN_TRY(gnn_infer_nodes(model, task->graph, task->x, -1, n_threads, NULL, NULL,
                            &outputs));
    GNN_TRY(gnn_i_measure(&t, outputs, part, true, metrics));
cleanup:
    gnn_tensor_free(outputs);
    for (int p = 0; p < N_PARTS; p++) gnn_i_free(t.rows[p]);
    gnn_metrics_scratch_free(t.scratch);
    return status;
}
