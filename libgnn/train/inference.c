/* Inference stage by stage. A stage's state is a few tensors with a row for every node;
 * the next state is filled block of rows by block of rows, so that only one block's
 * intermediates are ever held beside the two states. A tensor that a stage passes through
 * is not copied. */
#include "train/inference.h"

#include <string.h>

#include <gnn/train.h>

#include "core/alloc.h"

enum { N_BUFFERS = 2 * GNN_MAX_STATE };

/* Intermediates of a block are kept about this small. */
static const int64_t block_bytes = (int64_t)1 << 30;

typedef struct buffer {
    gnn_real *data;
    size_t room; /* values */
    bool in_use; /* by the current or the next state */
} buffer;

/* A state whose tensors have a row for every node. */
typedef struct whole_state {
    int n;
    gnn_tensor tensor[GNN_MAX_STATE];
    int buffer[GNN_MAX_STATE]; /* that holds the values; -1: the caller's x */
} whole_state;

struct gnn_i_inference {
    const gnn_model *model;
    const gnn_graph *graph;
    gnn_context *ctx;
    gnn_graph *range;
    whole_state states[2];
    buffer buffers[N_BUFFERS];
};

gnn_status gnn_i_inference_new(const gnn_model *model, const gnn_graph *graph,
                               int n_threads, gnn_i_inference **out) {
    gnn_status status = GNN_OK;
    gnn_i_inference *inference = NULL;
    *out = NULL;
    GNN_TRY(gnn_i_calloc(&inference, 1, sizeof *inference, "inference"));
    inference->model = model;
    inference->graph = graph;
    GNN_TRY(gnn_context_new(n_threads, 0, &inference->ctx));
    *out = inference;
    return GNN_OK;
cleanup:
    gnn_i_inference_free(inference);
    return status;
}

void gnn_i_inference_free(gnn_i_inference *inference) {
    if (!inference) return;
    gnn_context_free(inference->ctx);
    gnn_graph_free(inference->range);
    for (int b = 0; b < N_BUFFERS; b++) gnn_i_free(inference->buffers[b].data);
    gnn_i_free(inference);
}

size_t gnn_i_inference_bytes(const gnn_i_inference *inference) {
    size_t bytes = gnn_context_peak_bytes(inference->ctx);
    for (int b = 0; b < N_BUFFERS; b++)
        bytes += inference->buffers[b].room * sizeof(gnn_real);
    return bytes;
}

/* The widest a row of an intermediate can be: the longest axis of a parameter. */
static int64_t widest(const gnn_model *model, const gnn_tensor *x) {
    int64_t width = x->sparse || gnn_tensor_width(x) < 1 ? 1 : gnn_tensor_width(x);
    for (int i = 0; i < gnn_model_n_parameters(model); i++) {
        const gnn_tensor *p = gnn_model_parameter(model, i);
        int64_t last = p->n_axes ? p->shape[p->n_axes - 1] : 1;
        if (last > width) width = last;
    }
    return width;
}

static int64_t choose_block(const gnn_i_inference *inference, const gnn_tensor *x) {
    int64_t row = widest(inference->model, x) * 4 * (int64_t)sizeof(gnn_real);
    int64_t rows = block_bytes / row, n = x->shape[0];
    if (rows >= n) return n;
    return rows < 1024 ? 1024 : rows;
}

/* ---- one stage ---- */

/* Rows first .. first+count-1 of a whole tensor. */
static gnn_tensor rows_of(const gnn_tensor *whole, int64_t first, int64_t count) {
    gnn_tensor rows = *whole;
    rows.shape[0] = count;
    rows.data = (char *)whole->data +
                (size_t)(first * gnn_tensor_width(whole)) * gnn_dtype_size(whole->dtype);
    return rows;
}

/* Place in `state` of the tensor whose memory holds t's first value; -1 when t is new. */
static int passed_through(const whole_state *state, const gnn_tensor *t) {
    for (int i = 0; i < state->n; i++) {
        const gnn_tensor *have = &state->tensor[i];
        if (have->sparse ? have->sparse == t->sparse
                         : (char *)t->data >= (char *)have->data &&
                               (char *)t->data <
                                   (char *)have->data + (size_t)gnn_tensor_count(have) *
                                                            gnn_dtype_size(have->dtype))
            return i;
    }
    return -1;
}

static gnn_status find_buffer(gnn_i_inference *inference, size_t values, int *found) {
    int best = -1;
    for (int b = 0; b < N_BUFFERS; b++) {
        buffer *at = &inference->buffers[b];
        if (at->in_use) continue;
        if (best < 0 || (inference->buffers[best].room < values && at->room > 0))
            best = b;
        if (at->room >= values) {
            best = b;
            break;
        }
    }
    buffer *chosen = &inference->buffers[best];
    if (chosen->room < values) {
        gnn_i_free(chosen->data);
        chosen->room = 0;
        gnn_status status =
            gnn_i_alloc(&chosen->data, values, sizeof(gnn_real), "a hidden state");
        if (status != GNN_OK) return status;
        chosen->room = values;
    }
    chosen->in_use = true;
    *found = best;
    return GNN_OK;
}

/* After the first block: where each tensor of the next state will stand. */
static gnn_status shape_next(gnn_i_inference *inference, const whole_state *now,
                             const gnn_state *block, int64_t n_rows, whole_state *next) {
    gnn_status status = GNN_OK;
    next->n = block->n;
    for (int i = 0; i < block->n; i++) {
        int from = passed_through(now, block->tensor[i]);
        if (from >= 0) {
            next->tensor[i] = now->tensor[from];
            next->buffer[i] = now->buffer[from];
            continue;
        }
        gnn_tensor *t = &next->tensor[i];
        *t = *block->tensor[i];
        t->shape[0] = n_rows;
        t->id = 0;
        t->is_constant = t->requires_grad = false;
        t->slot = -1;
        GNN_TRY(find_buffer(inference, (size_t)gnn_tensor_count(t), &next->buffer[i]));
        t->data = inference->buffers[next->buffer[i]].data;
    }
cleanup:
    return status;
}

static void copy_block(const whole_state *now, const gnn_state *block, int64_t first,
                       whole_state *next) {
    for (int i = 0; i < block->n; i++) {
        if (passed_through(now, block->tensor[i]) >= 0) continue;
        gnn_tensor to = rows_of(&next->tensor[i], first, block->tensor[i]->shape[0]);
        size_t bytes = (size_t)gnn_tensor_count(block->tensor[i]) * sizeof(gnn_real);
        if (bytes > 0) memcpy(to.data, block->tensor[i]->data, bytes);
    }
}

/* Run stage k for rows first .. first+count-1 of the next state. */
static gnn_status run_block(gnn_i_inference *inference, int k, whole_state *now,
                            int64_t first, int64_t count, bool is_whole, gnn_state *block,
                            gnn_tensor *headers) {
    gnn_status status = GNN_OK;
    bool hop = gnn_model_stage_is_hop(inference->model, k);
    /* Graph norm asks for the graphs of a batch in row-wise stages, too. */
    bool reads = hop || gnn_model_needs_whole_graph(inference->model);
    const gnn_graph *graph = reads ? inference->graph : NULL;
    if (hop && !is_whole) {
        GNN_TRY(gnn_graph_rows(inference->graph, (gnn_id)first, (gnn_id)count,
                               &inference->range));
        graph = inference->range;
    }
    gnn_context_begin(inference->ctx, GNN_EVAL, 0);
    block->n = now->n;
    for (int i = 0; i < now->n; i++) {
        headers[i] =
            hop || is_whole ? now->tensor[i] : rows_of(&now->tensor[i], first, count);
        block->tensor[i] = &headers[i];
    }
    gnn_model_stage(inference->ctx, inference->model, k, graph, block);
    status = gnn_context_status(inference->ctx);
cleanup:
    return status;
}

static bool has_sparse(const whole_state *state) {
    for (int i = 0; i < state->n; i++)
        if (state->tensor[i].sparse) return true;
    return false;
}

static gnn_status run_stage(gnn_i_inference *inference, int k, int64_t block_rows,
                            whole_state *now, whole_state *next) {
    gnn_status status = GNN_OK;
    gnn_tensor headers[GNN_MAX_STATE];
    gnn_state block;
    int64_t n = now->tensor[0].shape[0];
    /* Rows of a sparse tensor cannot be cut without a copy: such a row-wise stage is
     * whole. */
    if (!gnn_model_stage_is_hop(inference->model, k) && has_sparse(now)) block_rows = n;
    if (block_rows < 1) block_rows = 1; /* of no rows at all */
    for (int64_t first = 0; first == 0 || first < n; first += block_rows) {
        int64_t count = n - first < block_rows ? n - first : block_rows;
        GNN_TRY(run_block(inference, k, now, first, count, count == n, &block, headers));
        if (first == 0) GNN_TRY(shape_next(inference, now, &block, n, next));
        copy_block(now, &block, first, next);
    }
    for (int i = 0; i < now->n; i++) {
        bool kept = false;
        for (int j = 0; j < next->n; j++) kept |= next->buffer[j] == now->buffer[i];
        if (!kept && now->buffer[i] >= 0)
            inference->buffers[now->buffer[i]].in_use = false;
    }
cleanup:
    return status;
}

static gnn_status check_input(const gnn_i_inference *inference, const gnn_tensor *x) {
    gnn_status status = GNN_OK;
    gnn_id n = gnn_graph_n_nodes(inference->graph);
    int64_t n_in = gnn_model_n_in(inference->model);
    GNN_CHECK(gnn_graph_n_targets(inference->graph) == n, GNN_ERR_SHAPE,
              "inference: the graph has %d targets and %d sources, need as many",
              gnn_graph_n_targets(inference->graph), n);
    GNN_CHECK(x, GNN_ERR_ARGUMENT, "inference: the features are NULL");
    GNN_CHECK(x->shape[0] == n, GNN_ERR_SHAPE,
              "inference: the features have %lld rows, the graph has %d nodes",
              (long long)x->shape[0], n);
    GNN_CHECK(x->n_axes == 2 && x->shape[1] == n_in, GNN_ERR_SHAPE,
              "inference: the features have %lld columns, the model expects %lld",
              (long long)gnn_tensor_width(x), (long long)n_in);
cleanup:
    return status;
}

gnn_status gnn_i_inference_run(gnn_i_inference *inference, const gnn_tensor *x,
                               int n_stages, int64_t block_rows, gnn_progress progress,
                               void *user, const gnn_tensor **output) {
    gnn_status status = GNN_OK;
    whole_state *now = &inference->states[0], *next = &inference->states[1];
    GNN_TRY(check_input(inference, x));
    for (int b = 0; b < N_BUFFERS; b++) inference->buffers[b].in_use = false;
    now->n = 1;
    now->tensor[0] = *x;
    now->buffer[0] = -1;
    if (block_rows <= 0) block_rows = choose_block(inference, x);
    if (gnn_model_needs_whole_graph(inference->model))
        block_rows = gnn_graph_n_nodes(inference->graph);
    for (int k = 0; k < n_stages; k++) {
        GNN_CHECK(!progress || progress(user, "inference", k, n_stages) == 0,
                  GNN_ERR_CANCELLED, "inference was cancelled");
        GNN_TRY(run_stage(inference, k, block_rows, now, next));
        whole_state *swap = now;
        now = next;
        next = swap;
    }
    *output = &now->tensor[0];
cleanup:
    return status;
}

gnn_status gnn_infer_nodes(const gnn_model *model, const gnn_graph *graph,
                           const gnn_tensor *x, int stage, int n_threads,
                           gnn_progress progress, void *user, gnn_tensor **outputs) {
    gnn_status status = GNN_OK;
    gnn_i_inference *inference = NULL;
    const gnn_tensor *result;
    int n_stages = gnn_model_n_stages(model);
    *outputs = NULL;
    GNN_CHECK(stage >= -1 && stage <= n_stages, GNN_ERR_ARGUMENT,
              "inference: stage %d; the model has %d", stage, n_stages);
    GNN_TRY(gnn_i_inference_new(model, graph, n_threads, &inference));
    GNN_TRY(gnn_i_inference_run(inference, x, stage < 0 ? n_stages : stage, 0, progress,
                                user, &result));
    if (result->sparse)
        GNN_TRY(gnn_tensor_to_dense(result, outputs));
    else {
        GNN_TRY(gnn_tensor_new(GNN_REAL, GNN_AXIS_NODE, result->n_axes, result->shape,
                               outputs));
        if (gnn_tensor_count(result))
            memcpy((*outputs)->data, result->data,
                   (size_t)gnn_tensor_count(result) * sizeof(gnn_real));
    }
cleanup:
    gnn_i_inference_free(inference);
    return status;
}
