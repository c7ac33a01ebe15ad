/* Arithmetic of two tensors with broadcasting, and of a tensor with numbers.
 *
 * Broadcasting is reduced to matrices: axes are aligned at the last one, neighbours along
 * which the same operands vary are merged, the last two groups become rows × columns of a
 * kernel, and a loop runs over what is left (nothing, for all usual shapes). */
#include "ops/common.h"

#include <gnn/ops.h>

#include "kernels/rows.h"
#include "ops/registry.h"

/* Groups of axes, the outermost first; operand o (0: a, 1: b) varies along group g or
 * not. */
typedef struct pattern {
    int n;
    int64_t length[GNN_MAX_AXES];
    bool varies[2][GNN_MAX_AXES];
} pattern;

typedef struct binary_options {
    gnn_i_binary_op kind;
    pattern pattern;
} binary_options;

/* Length of axis k counted from the last; 1 beyond the first. */
static int64_t length_from_end(const gnn_tensor *t, int k) {
    return k < t->n_axes ? t->shape[t->n_axes - 1 - k] : 1;
}

static void merge_axis(pattern *p, int64_t length, bool a_varies, bool b_varies) {
    if (length == 1) return;
    int last = p->n - 1;
    if (last >= 0 && p->varies[0][last] == a_varies && p->varies[1][last] == b_varies) {
        p->length[last] *= length;
        return;
    }
    p->length[p->n] = length;
    p->varies[0][p->n] = a_varies;
    p->varies[1][p->n] = b_varies;
    p->n++;
}

static gnn_status plan_binary(gnn_i_call *call) {
    const gnn_tensor *a = call->in[0], *b = call->in[1];
    pattern *p = &((binary_options *)call->options)->pattern;
    gnn_status status = GNN_OK;
    GNN_TRY(gnn_i_call_need_dense(call, 0, 0));
    GNN_TRY(gnn_i_call_need_dense(call, 1, 0));
    int n_axes = a->n_axes > b->n_axes ? a->n_axes : b->n_axes;
    int64_t shape[GNN_MAX_AXES] = {0};
    for (int axis = 0; axis < n_axes; axis++) {
        int k = n_axes - 1 - axis;
        int64_t la = length_from_end(a, k), lb = length_from_end(b, k);
        if (la != lb && la != 1 && lb != 1) {
            status = gnn_i_call_fail(call, GNN_ERR_SHAPE,
                                     "axis %d of the operands has lengths %lld and %lld",
                                     axis, (long long)la, (long long)lb);
            goto cleanup;
        }
        shape[axis] = la == 1 ? lb : la;
        merge_axis(p, shape[axis], la != 1, lb != 1);
    }
    if (p->n == 0) *p = (pattern){.n = 1, .length = {1}, .varies = {{true}, {true}}};
    const gnn_tensor *like =
        n_axes == 0 || length_from_end(a, n_axes - 1) == shape[0] ? a : b;
    GNN_TRY(gnn_i_call_shape(call, like->axis, n_axes, shape));
    int64_t cols = p->length[p->n - 1], rows = p->n > 1 ? p->length[p->n - 2] : 1;
    call->backward_scratch_bytes = gnn_i_binary_scratch(rows, cols);
cleanup:
    return status;
}

/* How operand o fills the matrix of the last two groups. */
static gnn_i_broadcast kind_of(const pattern *p, int o) {
    bool cols = p->varies[o][p->n - 1];
    bool rows = p->n > 1 ? p->varies[o][p->n - 2] : cols;
    if (rows) return cols ? GNN_I_FULL : GNN_I_COL;
    return cols ? GNN_I_ROW : GNN_I_SCALAR;
}

static bool fills(const pattern *p, int o) {
    for (int g = 0; g < p->n; g++)
        if (!p->varies[o][g]) return false;
    return true;
}

/* One kernel call: a matrix of the output, and where the operands' parts begin. */
typedef struct piece {
    int64_t rows, cols;
    int64_t out;
    int64_t in[2];
} piece;

static int64_t n_pieces(const pattern *p) {
    int64_t n = 1;
    for (int g = 0; g < p->n - 2; g++) n *= p->length[g];
    return n;
}

static piece piece_of(const pattern *p, int64_t number) {
    piece q = {.cols = p->length[p->n - 1], .rows = p->n > 1 ? p->length[p->n - 2] : 1};
    q.out = number * q.rows * q.cols;
    for (int o = 0; o < 2; o++) {
        int64_t stride = 1, rest = number;
        for (int g = p->n - 1; g >= 0; g--) {
            if (g < p->n - 2) {
                if (p->varies[o][g]) q.in[o] += rest % p->length[g] * stride;
                rest /= p->length[g];
            }
            if (p->varies[o][g]) stride *= p->length[g];
        }
    }
    return q;
}

static void forward_binary(gnn_i_call *call) {
    const binary_options *o = call->options;
    const pattern *p = &o->pattern;
    int64_t n = gnn_tensor_count(call->out) > 0 ? n_pieces(p) : 0;
    for (int64_t i = 0; i < n; i++) {
        piece q = piece_of(p, i);
        gnn_i_binary(call->n_threads, o->kind, q.rows, q.cols,
                     gnn_i_in(call, 0) + q.in[0], kind_of(p, 0),
                     gnn_i_in(call, 1) + q.in[1], kind_of(p, 1), gnn_i_out(call) + q.out);
    }
}

/* Gradient of operand o by the kernel that adds. */
static void add_gradient(gnn_i_call *call, int o) {
    const binary_options *options = call->options;
    const pattern *p = &options->pattern;
    gnn_i_start_gradient(call, o);
    int64_t n = gnn_tensor_count(call->out) > 0 ? n_pieces(p) : 0;
    for (int64_t i = 0; i < n; i++) {
        piece q = piece_of(p, i);
        gnn_real *to = call->d_in[o] + q.in[o];
        gnn_i_binary_backward(
            call->n_threads, options->kind, q.rows, q.cols, gnn_i_in(call, 0) + q.in[0],
            kind_of(p, 0), gnn_i_in(call, 1) + q.in[1], kind_of(p, 1),
            call->d_out + q.out, o == 0 ? to : NULL, o == 1 ? to : NULL, call->scratch);
    }
}

/* Gradient dy ∘ other or dy / other, written in one pass; d_in[o] may be d_out. */
static void write_gradient(gnn_i_call *call, int o, gnn_i_binary_op kind) {
    const pattern *p = &((const binary_options *)call->options)->pattern;
    int64_t n = gnn_tensor_count(call->out) > 0 ? n_pieces(p) : 0;
    for (int64_t i = 0; i < n; i++) {
        piece q = piece_of(p, i);
        gnn_i_binary(call->n_threads, kind, q.rows, q.cols, call->d_out + q.out,
                     GNN_I_FULL, gnn_i_in(call, 1 - o) + q.in[1 - o], kind_of(p, 1 - o),
                     call->d_in[o] + q.out);
    }
}

static void gradient(gnn_i_call *call, int o) {
    if (!gnn_i_wants(call, o)) return;
    const binary_options *options = call->options;
    bool writes = fills(&options->pattern, o) && !call->accumulate[o];
    switch (options->kind) {
    case GNN_I_BINARY_ADD:
        if (fills(&options->pattern, o))
            gnn_i_pass_gradient(call, o);
        else
            add_gradient(call, o);
        break;
    case GNN_I_BINARY_SUB:
        if (fills(&options->pattern, o)) {
            if (o == 0)
                gnn_i_pass_gradient(call, o);
            else
                gnn_i_pass_scaled(call, o, -1);
        } else
            add_gradient(call, o);
        break;
    case GNN_I_BINARY_MUL:
        if (writes)
            write_gradient(call, o, GNN_I_BINARY_MUL);
        else
            add_gradient(call, o);
        break;
    case GNN_I_BINARY_DIV:
        if (writes && o == 0)
            write_gradient(call, o, GNN_I_BINARY_DIV);
        else
            add_gradient(call, o);
        break;
    default: add_gradient(call, o);
    }
}

/* In ascending order, but d_in[0] last where it takes the place of d_out. */
static void backward_binary(gnn_i_call *call) {
    bool takes_over = call->d_in[0] == call->d_out;
    if (!takes_over) gradient(call, 0);
    gradient(call, 1);
    if (takes_over) gradient(call, 0);
}

#define BINARY(op, text, use)                                                            \
    const gnn_i_op gnn_i_op_##op = {                                                     \
        .name = #op,                                                                     \
        .formula = text,                                                                 \
        .plan = plan_binary,                                                             \
        .forward = forward_binary,                                                       \
        .backward = backward_binary,                                                     \
        .first_gradient = use,                                                           \
    }

BINARY(add, "a + b", GNN_I_GRADIENT_SAME);
BINARY(sub, "a - b", GNN_I_GRADIENT_SAME);
BINARY(mul, "a b, element by element", GNN_I_GRADIENT_IN_PLACE);
BINARY(div, "a / b, element by element", GNN_I_GRADIENT_IN_PLACE);
BINARY(max2, "max(a, b); a tie sends the gradient to a", GNN_I_GRADIENT_OWN);

static gnn_tensor *binary(gnn_context *ctx, const gnn_i_op *op, gnn_i_binary_op kind,
                          gnn_tensor *a, gnn_tensor *b) {
    binary_options options = {.kind = kind};
    gnn_tensor *in[] = {a, b};
    return gnn_i_apply(ctx, op, 2, in, 0, NULL, &options, sizeof options);
}

gnn_tensor *gnn_add(gnn_context *ctx, gnn_tensor *a, gnn_tensor *b) {
    return binary(ctx, &gnn_i_op_add, GNN_I_BINARY_ADD, a, b);
}

gnn_tensor *gnn_sub(gnn_context *ctx, gnn_tensor *a, gnn_tensor *b) {
    return binary(ctx, &gnn_i_op_sub, GNN_I_BINARY_SUB, a, b);
}

gnn_tensor *gnn_mul(gnn_context *ctx, gnn_tensor *a, gnn_tensor *b) {
    return binary(ctx, &gnn_i_op_mul, GNN_I_BINARY_MUL, a, b);
}

gnn_tensor *gnn_div(gnn_context *ctx, gnn_tensor *a, gnn_tensor *b) {
    return binary(ctx, &gnn_i_op_div, GNN_I_BINARY_DIV, a, b);
}

gnn_tensor *gnn_max2(gnn_context *ctx, gnn_tensor *a, gnn_tensor *b) {
    return binary(ctx, &gnn_i_op_max2, GNN_I_BINARY_MAX, a, b);
}
