/* QuatE [1]: s = Σ_k <h_k ⊗ u_k, t_k>, u = r / |r|, quaternions of dim / 4 numbers, the
 * four parts one after another. Tails asked: q = h ⊗ u; heads asked: q = t ⊗ conj(u),
 * the transpose of multiplying by the unit quaternion u.
 * Cost: 2 dim operations a candidate.
 * [1] Zhang, Tay, Yao & Liu 2019, arXiv:1904.10281 */
#include "scorers/scorer.h"

#include <math.h>

static const gnn_real LEAST_LENGTH = (gnn_real)1e-12;

static gnn_status setup(emb_i_scorer *scorer) {
    scorer->modulus = scorer->relation_modulus = 4;
    return GNN_OK;
}

typedef struct quaternion {
    gnn_real a, b, c, d;
} quaternion;

static quaternion get(const gnn_real *x, int64_t n, int64_t k) {
    return (quaternion){x[k], x[n + k], x[2 * n + k], x[3 * n + k]};
}
static void add(gnn_real *x, int64_t n, int64_t k, quaternion q) {
    x[k] += q.a;
    x[n + k] += q.b;
    x[2 * n + k] += q.c;
    x[3 * n + k] += q.d;
}
static quaternion conjugate(quaternion q) {
    return (quaternion){q.a, -q.b, -q.c, -q.d};
}
static quaternion multiply(quaternion p, quaternion q) {
    return (quaternion){p.a * q.a - p.b * q.b - p.c * q.c - p.d * q.d,
                        p.a * q.b + p.b * q.a + p.c * q.d - p.d * q.c,
                        p.a * q.c - p.b * q.d + p.c * q.a + p.d * q.b,
                        p.a * q.d + p.b * q.c - p.c * q.b + p.d * q.a};
}
static quaternion scale(quaternion q, gnn_real by) {
    return (quaternion){by * q.a, by * q.b, by * q.c, by * q.d};
}
static gnn_real dot(quaternion p, quaternion q) {
    return p.a * q.a + p.b * q.b + p.c * q.c + p.d * q.d;
}
static gnn_real length_of(quaternion q) {
    gnn_real length = (gnn_real)sqrt((double)dot(q, q));
    return length > LEAST_LENGTH ? length : LEAST_LENGTH;
}

static void fold(const emb_i_scorer *s, emb_i_side side, const emb_i_fold *f) {
    const int64_t n = s->dim / 4;
    for (int64_t i = 0; i < f->n; i++) {
        gnn_real *q = f->query + i * s->dim;
        for (int64_t k = 0; k < s->dim; k++) q[k] = 0;
        for (int64_t k = 0; k < n; k++) {
            quaternion r = get(f->relation, n, k);
            r = scale(r, 1 / length_of(r));
            if (side == EMB_I_HEAD) r = conjugate(r);
            add(q, n, k, multiply(get(f->anchor + i * s->dim, n, k), r));
        }
    }
}

/* d(a ⊗ u): to a it is d ⊗ conj(u), to u conj(a) ⊗ d; through u = r / |r| what is along r
 * is lost. */
static void fold_backward(const emb_i_scorer *s, emb_i_side side, const emb_i_fold *f) {
    const int64_t n = s->dim / 4;
    for (int64_t i = 0; i < f->n; i++)
        for (int64_t k = 0; k < n; k++) {
            quaternion r = get(f->relation, n, k);
            quaternion a = get(f->anchor + i * s->dim, n, k);
            quaternion d = get(f->d_query + i * s->dim, n, k);
            gnn_real length = length_of(r);
            quaternion unit = scale(r, 1 / length);
            quaternion used = side == EMB_I_HEAD ? conjugate(unit) : unit;
            quaternion du = multiply(conjugate(a), d);
            if (side == EMB_I_HEAD) du = conjugate(du);
            gnn_real along = dot(du, unit);
            quaternion across = {du.a - along * unit.a, du.b - along * unit.b,
                                 du.c - along * unit.c, du.d - along * unit.d};
            add(f->d_anchor + i * s->dim, n, k, multiply(d, conjugate(used)));
            add(f->d_relation, n, k, scale(across, 1 / length));
        }
}

const emb_i_scorer_type emb_i_scorer_quate = {
    .info = {"quate", "h r t of quaternions, r of length 1 [Zhang et al. 2019]", NULL},
    .parts = 4,
    .setup = setup,
    .fold = fold,
    .fold_backward = fold_backward,
};
