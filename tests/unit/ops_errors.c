/* What ops say when operands do not fit, and that the first error stays. */
#include "support/op_cases.h"

static gnn_context *ctx;
static op_world w;

static void begin(void) {
    ck_assert_ok(op_world_new(0, &w));
    ck_assert_ok(gnn_context_new(1, 1, &ctx));
    gnn_context_begin(ctx, GNN_TRAIN, 0);
}

static void end(void) {
    gnn_context_free(ctx);
    op_world_clear(&w);
}

/* A tensor of zeros in the step. */
static gnn_tensor *zeros(int n_axes, int64_t a, int64_t b) {
    gnn_tensor *t = gnn_step_tensor(ctx, GNN_AXIS_FREE, n_axes, (int64_t[]){a, b});
    ck_assert_ptr_nonnull(t);
    memset(t->data, 0, (size_t)gnn_tensor_count(t) * sizeof(gnn_real));
    return t;
}

/* The call gives NULL, the status and the message; the next step begins clean. */
#define FAILS(call, code, text)                                                          \
    do {                                                                                 \
        ck_assert_ptr_null(call);                                                        \
        ck_assert_fails(gnn_context_status(ctx), code, text);                            \
        gnn_context_begin(ctx, GNN_TRAIN, 0);                                            \
    } while (0)
#define SHAPE(call, text) FAILS(call, GNN_ERR_SHAPE, text)
#define ARGUMENT(call, text) FAILS(call, GNN_ERR_ARGUMENT, text)

START_TEST(messages_name_the_op_and_the_sizes) {
    begin();
    int64_t five[] = {2, 2, 2, 2, 2}, huge[] = {(int64_t)1 << 40, (int64_t)1 << 40};
    ARGUMENT(gnn_step_tensor(ctx, GNN_AXIS_FREE, 5, five), "5 axes");
    ARGUMENT(gnn_step_tensor(ctx, GNN_AXIS_FREE, -1, five), "-1 axes");
    ARGUMENT(gnn_step_tensor(ctx, GNN_AXIS_FREE, 2, huge), "too long");
    ARGUMENT(gnn_step_tensor(ctx, GNN_AXIS_FREE, 1, (int64_t[]){-1}), "negative");
    SHAPE(gnn_matmul(ctx, zeros(2, 2, 1433), zeros(2, 1400, 16), NULL),
          "matmul: x has 1433 columns, weight has 1400 rows");
    SHAPE(gnn_matmul(ctx, zeros(2, 2, 3), zeros(2, 3, 4), zeros(1, 5, 1)),
          "matmul: bias has 5 values, weight has 4 columns");
    SHAPE(gnn_matmul(ctx, zeros(1, 2, 1), zeros(2, 3, 4), NULL),
          "matmul: input 0 has 1 axes");
    SHAPE(gnn_add(ctx, zeros(2, 2, 3), zeros(2, 2, 4)),
          "add: axis 1 of the operands has lengths 3 and 4");
    SHAPE(gnn_axpby(ctx, 1, zeros(2, 2, 3), 1, zeros(2, 1, 3)), "axpby: axis 0");
    SHAPE(gnn_bias(ctx, zeros(2, 2, 3), zeros(1, 2, 1)),
          "bias: bias has 2 values, x has 3");
    SHAPE(gnn_relu(ctx, w.sparse), "relu: input 0 is sparse");
    SHAPE(gnn_matmul_residual(ctx, zeros(2, 2, 3), zeros(2, 3, 4), 1, 1), "not square");
    SHAPE(gnn_head_dot(ctx, zeros(2, 2, 6), zeros(2, 2, 4)),
          "a has 8 values, x has 6 columns");
    SHAPE(gnn_reshape(ctx, zeros(2, 2, 3), GNN_AXIS_FREE, 2, (int64_t[]){4, -1}),
          "reshape: x has 6 values");
    ARGUMENT(gnn_reshape(ctx, zeros(2, 2, 3), GNN_AXIS_FREE, 2, (int64_t[]){-1, -1}),
             "reshape: axis 1 of length -1");
    SHAPE(gnn_concat(ctx, 2, (gnn_tensor *[]){zeros(2, 2, 3), zeros(2, 3, 3)}, 1),
          "concat: axis 0 of parts 0 and 1 has lengths 2 and 3");
    ARGUMENT(gnn_concat(ctx, 0, NULL, 0), "concat: 0 parts");
    ARGUMENT(gnn_slice(ctx, zeros(2, 2, 3), 1, 2, 2),
             "slice: 2 from 2 of axis 1, which has 3");
    ARGUMENT(gnn_slice(ctx, zeros(2, 2, 3), 2, 0, 1),
             "slice: axis 2 of a tensor with 2 axes");
    ARGUMENT(gnn_gather(ctx, zeros(2, 2, 3), GNN_AXIS_FREE, 2, (gnn_id[]){0, 2}),
             "gather: index[1] is 2, there are 2 rows");
    ARGUMENT(gnn_scatter_add(ctx, zeros(2, 2, 3), GNN_AXIS_FREE, 1, (gnn_id[]){0, -1}),
             "scatter_add: index[1] is -1");
    ARGUMENT(gnn_reduce_axis(ctx, zeros(2, 2, 3), GNN_SUM, 2),
             "over axis 2 of a tensor with 2");
    ARGUMENT(gnn_reduce_segments(ctx, zeros(2, 2, 3), GNN_SUM, 2, (gnn_id[]){0, 2, 1}),
             "ptr[2] is 1");
    SHAPE(gnn_softmax(ctx, zeros(2, 2, 0)), "softmax: x has no columns");
    end();
}
END_TEST

START_TEST(operands_have_to_fit_the_graph) {
    begin();
    gnn_attention_options heads = {.heads = 2, .slope = (gnn_real).2};
    SHAPE(gnn_spmm(ctx, w.arcs, zeros(2, 5, 3), GNN_SUM, NULL, NULL),
          "spmm: x has 5 rows, the graph has 7 sources");
    SHAPE(gnn_spmm(ctx, w.arcs, zeros(2, 7, 3), GNN_SUM, zeros(1, 5, 1), NULL),
          "spmm: weight has 5 rows, the graph has");
    SHAPE(gnn_spmm(ctx, w.block, zeros(2, 7, 3), GNN_SUM, NULL, zeros(1, 7, 1)),
          "spmm: self has 7 values, the graph has 3 targets");
    SHAPE(gnn_spmm(ctx, w.arcs, w.sparse, GNN_SUM, NULL, NULL),
          "spmm: input 0 is sparse");
    SHAPE(gnn_gcn_propagate(ctx, w.arcs, zeros(2, 5, 3), true, NULL),
          "the graph has 7 sources");
    SHAPE(gnn_gcn_propagate_axpby(ctx, w.arcs, zeros(2, 7, 3), 1, zeros(2, 7, 2), 1),
          "x has 3 columns, y has 2");
    SHAPE(gnn_gcn_norm(ctx, w.block, zeros(1, 5, 1)),
          "the graph has 3 targets, 7 sources");
    SHAPE(gnn_sddmm(ctx, w.arcs, zeros(2, 7, 3), zeros(2, 7, 3), 2),
          "3 columns for 2 heads");
    SHAPE(gnn_sddmm(ctx, w.arcs, zeros(2, 7, 1000), zeros(2, 7, 1000), 1000),
          "1000 heads, there may be 512");
    SHAPE(gnn_to_arcs(ctx, w.arcs, zeros(2, 7, 3), zeros(2, 7, 2)),
          "x has 3 columns, y has 2");
    SHAPE(gnn_from_arcs(ctx, w.arcs, zeros(2, 2, 3), GNN_SUM), "e has 2 rows");
    SHAPE(gnn_attention(ctx, w.arcs, zeros(2, 7, 3), zeros(1, 3, 1), zeros(1, 3, 1), NULL,
                        &heads),
          "attention: z has 3 columns for 2 heads");
    SHAPE(gnn_attention(ctx, w.arcs, zeros(2, 7, 4), zeros(1, 3, 1), zeros(1, 4, 1), NULL,
                        &heads),
          "attention: a_source has 3 values, z has 4 columns");
    heads.slope = -1;
    ARGUMENT(gnn_attention2(ctx, w.arcs, zeros(2, 7, 4), zeros(2, 7, 4), NULL,
                            zeros(1, 4, 1), &heads),
             "attention2: slope is -1");
    end();
}
END_TEST

START_TEST(options_are_checked) {
    begin();
    ARGUMENT(gnn_dropout(ctx, zeros(1, 3, 1), (gnn_real)1.5),
             "dropout: the probability is 1.5");
    ARGUMENT(gnn_activate(ctx, zeros(1, 3, 1), GNN_ACT_RELU, -1),
             "activate: the probability");
    ARGUMENT(gnn_activate(ctx, zeros(1, 3, 1), GNN_N_ACT, 0), "activate: no activation");
    ARGUMENT(gnn_layer_norm(ctx, zeros(2, 2, 3), NULL, NULL, -1), "epsilon is -1");
    SHAPE(gnn_layer_norm(ctx, zeros(2, 2, 3), zeros(1, 2, 1), NULL, 1),
          "gain has 2 values");
    SHAPE(gnn_graph_norm(ctx, zeros(2, 3, 3), 1, (gnn_id[]){0, 2}, NULL, NULL, NULL, 1),
          "graphs hold rows 0 to 2, x has 3 rows");
    ARGUMENT(gnn_cross_entropy(ctx, zeros(2, 2, 3), (gnn_id[]){0, 3}, 0, NULL, NULL, 0),
             "the class of row 1 is 3, x has 3 columns");
    ARGUMENT(gnn_cross_entropy(ctx, zeros(2, 2, 3), (gnn_id[]){0, 1}, 1, (gnn_id[]){2},
                               NULL, 0),
             "rows[0] is 2, there are 2 rows");
    ARGUMENT(gnn_cross_entropy(ctx, zeros(2, 2, 3), (gnn_id[]){0, 1}, 0, NULL, NULL, 2),
             "label smoothing is 2");
    ARGUMENT(gnn_huber(ctx, zeros(2, 2, 3), (gnn_real[6]){0}, 0, NULL, 0), "delta is 0");
    ARGUMENT(gnn_mse(ctx, zeros(2, 2, 3), NULL, 0, NULL), "target is NULL");
    end();
}
END_TEST

START_TEST(the_first_error_stays) {
    begin();
    gnn_tensor *bad = gnn_add(ctx, zeros(1, 2, 1), zeros(1, 3, 1));
    ck_assert_ptr_null(bad);
    gnn_tensor *x = gnn_relu(ctx, gnn_matmul(ctx, bad, bad, bad));
    x = gnn_gcn_propagate(ctx, w.arcs, gnn_bias(ctx, gnn_dropout(ctx, x, 2), NULL), true,
                          NULL);
    x = gnn_concat(ctx, 1, &x, -1);
    x = gnn_targets(ctx, w.block, gnn_activate(ctx, x, GNN_ACT_NONE, 0));
    x = gnn_spmm(ctx, w.arcs, gnn_slice(ctx, x, -1, 0, 1), GNN_SUM, NULL, NULL);
    ck_assert_ptr_null(gnn_activate(ctx, x, GNN_N_ACT, 0));
    ck_assert_fails(gnn_backward(ctx, x), GNN_ERR_SHAPE, "add: axis 0 of the operands");
    end();
}
END_TEST

START_TEST(a_null_input_is_an_error) {
    begin();
    ARGUMENT(gnn_relu(ctx, NULL), "relu: input 0 is NULL");
    ARGUMENT(gnn_bias(ctx, NULL, NULL), "bias: input 0 is NULL");
    ARGUMENT(gnn_dropout(ctx, NULL, 0), "dropout: input 0 is NULL");
    ARGUMENT(gnn_concat(ctx, 1, (gnn_tensor *[]){NULL}, 0), "concat: part 0 is NULL");
    ARGUMENT(gnn_targets(ctx, w.arcs, NULL), "slice: input 0 is NULL");
    end();
}
END_TEST

TESTS("ops/errors", 20, messages_name_the_op_and_the_sizes,
      operands_have_to_fit_the_graph, options_are_checked, the_first_error_stays,
      a_null_input_is_an_error)
