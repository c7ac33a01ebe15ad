/* TuckER [1]: s = Σ_ijk W_ijk h_i r_j t_k, a core W that all triples share: for each of
 * the relation-dim numbers j of a relation a matrix W_j (dim, dim), row-major. Tails
 * asked: q = Σ_j r_j W_jᵀ h; heads asked: q = Σ_j r_j W_j t.
 * A query is q, then room for r_j times the anchor.
 * Cost: 2 dim operations a candidate, 2 relation-dim dim² a question.
 * [1] Balažević, Allen & Hospedales 2019, arXiv:1901.09590 */
#include "scorers/scorer.h"

#include <string.h>

#include "kernels/table.h"

typedef struct tucker_options {
    int64_t relation_dim;
} tucker_options;

static const gnn_option table[] = {
    GNN_I_OPTION_INT(tucker_options, relation_dim, "relation-dim", 0, 0, 65536,
                     "floats of a relation, 0: as many as of an entity"),
    GNN_I_OPTION_END,
};

static gnn_status setup(emb_i_scorer *scorer) {
    const tucker_options *options = scorer->options;
    const int64_t dim = scorer->dim;
    scorer->relation = options->relation_dim > 0 ? options->relation_dim : dim;
    if (dim > 2048)
        return gnn_fail(GNN_ERR_ARGUMENT,
                        "scorer tucker: dim is %lld, expected at most 2048: the core has "
                        "dim² floats for each number of a relation",
                        (long long)dim);
    scorer->shared_parts = scorer->relation;
    scorer->shared = dim * dim;
    scorer->query = 2 * dim;
    return GNN_OK;
}

/* C += A op(B), A (n, dim) rows lda apart, B (dim, dim), C rows 2 dim apart. */
static void multiply(const emb_i_scorer *s, int64_t n, const gnn_real *a, int64_t lda,
                     const gnn_real *b, bool transposed, gnn_real *c, bool accumulate) {
    const gnn_i_gemm_args args = {.a = a,
                                  .lda = lda,
                                  .b = b,
                                  .ldb = s->dim,
                                  .b_transposed = transposed,
                                  .c = c,
                                  .ldc = 2 * s->dim,
                                  .k1 = s->dim,
                                  .scale = 1,
                                  .accumulate = accumulate};
    gnn_i_kernels_get()->gemm(&args, 0, n, 0, s->dim);
}

/* to_i = r_ij anchor_i, rows `step` apart. */
static void weigh(const emb_i_scorer *s, const emb_i_fold *f, int64_t j, gnn_real *to,
                  int64_t step) {
    for (int64_t i = 0; i < f->n; i++) {
        const gnn_real r = f->relation[i * s->relation + j];
        for (int64_t k = 0; k < s->dim; k++)
            to[i * step + k] = r * f->anchor[i * s->dim + k];
    }
}

static void fold(const emb_i_scorer *s, emb_i_side side, const emb_i_fold *f) {
    gnn_real *room = f->query + s->dim;
    for (int64_t j = 0; j < s->relation; j++) {
        weigh(s, f, j, room, s->query);
        multiply(s, f->n, room, s->query, f->shared + j * s->shared, side == EMB_I_HEAD,
                 f->query, j > 0);
    }
}

static void fold_backward(const emb_i_scorer *s, emb_i_side side, const emb_i_fold *f) {
    gnn_real *room = f->query + s->dim;
    for (int64_t j = 0; j < s->relation; j++) {
        multiply(s, f->n, f->d_query, s->query, f->shared + j * s->shared,
                 side == EMB_I_TAIL, room, false);
        for (int64_t i = 0; i < f->n; i++) {
            const gnn_real r = f->relation[i * s->relation + j];
            const gnn_real *a = f->anchor + i * s->dim, *x = room + i * s->query;
            gnn_real *da = f->d_anchor + i * s->dim, sum = 0;
            for (int64_t k = 0; k < s->dim; k++) {
                sum += a[k] * x[k];
                da[k] += r * x[k];
            }
            f->d_relation[i * s->relation + j] += sum;
        }
    }
}

/* dW_j = Σ_i r_ij h_i dq_iᵀ, or of heads asked Σ_i dq_i r_ij t_iᵀ. */
static void shared_backward(const emb_i_scorer *s, emb_i_side side, const emb_i_fold *f,
                            int64_t part, gnn_real *gradient, gnn_real *scratch) {
    const bool tail = side == EMB_I_TAIL;
    weigh(s, f, part, scratch, s->dim);
    const gnn_i_gemm_args args = {.a = tail ? scratch : f->d_query,
                                  .lda = tail ? s->dim : s->query,
                                  .a_transposed = true,
                                  .b = tail ? f->d_query : scratch,
                                  .ldb = tail ? s->query : s->dim,
                                  .c = gradient,
                                  .ldc = s->dim,
                                  .k1 = f->n,
                                  .scale = 1};
    gnn_i_kernels_get()->gemm(&args, 0, s->dim, 0, s->dim);
}

/* The core as spread as the uniform numbers of (-1, 1) that [1] begins with. */
static void init(const emb_i_scorer *s, const emb_i_rows_init *init) {
    const bool core = init->part == EMB_I_SHARED;
    int64_t width = core                           ? s->shared
                    : init->part == EMB_I_RELATION ? s->relation
                                                   : s->entity;
    for (int64_t i = 0; i < init->n * width; i++)
        init->rows[i] *= core ? (gnn_real).57735 : (gnn_real)init->scale;
}

const emb_i_scorer_type emb_i_scorer_tucker = {
    .info = {"tucker", "W h r t, a core that all triples share [Balazevic et al. 2019]",
             table},
    .options_size = sizeof(tucker_options),
    .parts = 1,
    .setup = setup,
    .fold = fold,
    .fold_backward = fold_backward,
    .shared_backward = shared_backward,
    .init = init,
};
