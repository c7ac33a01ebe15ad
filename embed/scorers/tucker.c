/* TuckER [1]: s = Σ_ijk W_ijk h_i r_j t_k, a core W that all triples share: for each of
 * the relation-dim numbers j of a relation a matrix W_j (dim, dim), row-major. They are
 * mixed into one for each relation, R = Σ_j r_j W_j; then s = hᵀ R t, as RESCAL's.
 * Cost: 2 dim operations a candidate, 2 dim² a question, 2 relation-dim dim² a relation.
 * [1] Balažević, Allen & Hospedales 2019, arXiv:1901.09590 */
#include "kernels/table.h"
#include "scorers/bilinear.h"

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
    scorer->mixed = dim * dim;
    return GNN_OK;
}

/* Products with the core, W (relation-dim, dim²). */
static gnn_i_gemm_args product(const emb_i_scorer *s, const gnn_real *a, int64_t lda,
                               gnn_real *c, int64_t ldc) {
    return (gnn_i_gemm_args){
        .a = a, .lda = lda, .ldb = s->shared, .c = c, .ldc = ldc, .scale = 1};
}

/* R_r = Σ_j r_j W_j */
static void mix(const emb_i_scorer *s, const emb_i_mix *m) {
    gnn_i_gemm_args args = product(s, m->relation, s->relation, m->mixed, s->mixed);
    args.b = m->shared;
    args.k1 = s->relation;
    gnn_i_kernels_get()->gemm(&args, 0, m->n, 0, s->shared);
}

/* dr_j = Σ dR ∘ W_j */
static void mix_backward(const emb_i_scorer *s, const emb_i_mix *m) {
    gnn_i_gemm_args args = product(s, m->d_mixed, s->mixed, m->d_relation, s->relation);
    args.b = m->shared;
    args.b_transposed = true;
    args.k1 = s->shared;
    args.accumulate = true;
    gnn_i_kernels_get()->gemm(&args, 0, m->n, 0, s->relation);
}

/* dW_j += Σ_r r_j dR_r */
static void shared_backward(const emb_i_scorer *s, const emb_i_mix *m, int64_t first,
                            int64_t n, gnn_real *gradient) {
    gnn_i_gemm_args args =
        product(s, m->relation + first, s->relation, gradient, s->shared);
    args.a_transposed = true;
    args.b = m->d_mixed;
    args.k1 = m->n;
    args.accumulate = true;
    gnn_i_kernels_get()->gemm(&args, 0, n, 0, s->shared);
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
    .fold = emb_i_bilinear_fold,
    .fold_backward = emb_i_bilinear_fold_backward,
    .mix = mix,
    .mix_backward = mix_backward,
    .shared_backward = shared_backward,
    .init = init,
};
