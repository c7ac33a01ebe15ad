/* RESCAL [1]: s = hᵀ R t, a matrix R (dim, dim) for each relation, row-major. Tails
 * asked: q = Rᵀ h; heads asked: q = R t.
 * Cost: 2 dim operations a candidate, 2 dim² a question; dim² floats a relation.
 * [1] Nickel, Tresp & Kriegel 2011, ICML 28 */
#include "scorers/bilinear.h"

static gnn_status setup(emb_i_scorer *scorer) {
    if (scorer->dim > 2048)
        return gnn_fail(GNN_ERR_ARGUMENT,
                        "scorer rescal: dim is %lld, expected at most 2048: a relation "
                        "has dim² floats",
                        (long long)scorer->dim);
    scorer->relation = scorer->dim * scorer->dim;
    return GNN_OK;
}

const emb_i_scorer_type emb_i_scorer_rescal = {
    .info = {"rescal", "h R t, a matrix for each relation [Nickel et al. 2011]", NULL},
    .parts = 1,
    .setup = setup,
    .fold = emb_i_bilinear_fold,
    .fold_backward = emb_i_bilinear_fold_backward,
};
