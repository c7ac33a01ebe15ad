/* Elementwise maps, two-argument maps with broadcasting, dropout, random fills. */
#include "kernels/isa/isa.h"
#include "kernels/isa/math.h"
#include "kernels/isa/philox.h"

#define CHUNK                                                                            \
    256 /* elements whose masks are drawn at a time; blocks start at multiples */

/* ---- one argument ---- */

INLINE vr value_of(gnn_i_unary_op op, vr x, vr p) {
    switch (op) {
    case GNN_I_UNARY_NEG: return -x;
    case GNN_I_UNARY_RELU: return v_max(x, v_all(0));
    case GNN_I_UNARY_LEAKY_RELU: return v_select(x > 0, x, p * x);
    case GNN_I_UNARY_ELU: return v_select(x > 0, x, p * v_expm1(v_min(x, v_all(0))));
    case GNN_I_UNARY_GELU: return x * v_normal_cdf(x);
    case GNN_I_UNARY_SILU: return x * v_sigmoid(x);
    case GNN_I_UNARY_TANH: return v_tanh(x);
    case GNN_I_UNARY_SIGMOID: return v_sigmoid(x);
    case GNN_I_UNARY_SOFTPLUS: return v_softplus(x);
    case GNN_I_UNARY_EXP: return v_exp(x);
    case GNN_I_UNARY_LOG: return v_log(x);
    case GNN_I_UNARY_SQUARE: return x * x;
    case GNN_I_UNARY_SQRT: return v_sqrt(x);
    case GNN_I_UNARY_ABS: return v_abs(x);
    default: return x;
    }
}

/* f'(x), from x or from y = f(x): gnn_i_unary_needs_x and _y say which. */
INLINE vr slope_of(gnn_i_unary_op op, vr x, vr y, vr p) {
    const vr one = v_all(1), zero = v_all(0);
    switch (op) {
    case GNN_I_UNARY_NEG: return -one;
    case GNN_I_UNARY_RELU: return v_select(y > 0, one, zero);
    case GNN_I_UNARY_LEAKY_RELU: return v_select(x > 0, one, p);
    case GNN_I_UNARY_ELU: return v_select(x > 0, one, p * v_exp(v_min(x, zero)));
    case GNN_I_UNARY_GELU:
        return v_normal_cdf(x) +
               x * v_exp((gnn_real)-0.5 * x * x) * (gnn_real)0.3989422804014327;
    case GNN_I_UNARY_SILU: {
        vr s = v_sigmoid(x);
        return s * (1 + x * (1 - s));
    }
    case GNN_I_UNARY_TANH: return 1 - y * y;
    case GNN_I_UNARY_SIGMOID: return y * (1 - y);
    case GNN_I_UNARY_SOFTPLUS: return v_sigmoid(x);
    case GNN_I_UNARY_EXP: return y;
    case GNN_I_UNARY_LOG: return 1 / x;
    case GNN_I_UNARY_SQUARE: return x + x;
    case GNN_I_UNARY_SQRT: return (gnn_real)0.5 / y;
    case GNN_I_UNARY_ABS: return v_select(x > 0, one, v_select(x < 0, -one, zero));
    default: return one;
    }
}

INLINE void forward(gnn_i_unary_op op, gnn_real parameter, int64_t n, const gnn_real *x,
                    gnn_real *y) {
    const vr p = v_all(parameter);
    int64_t i = 0;
    for (; i + VL <= n; i += VL) v_store(y + i, value_of(op, v_load(x + i), p));
    if (i < n) {
        vtail t = v_tail(n - i);
        v_store_tail(y + i, value_of(op, v_load_tail(x + i, t), p), t);
    }
}

/* dx = or += slope dy; x or y may be NULL where the slope does not read them. */
INLINE void backward(gnn_i_unary_op op, gnn_real parameter, int64_t n, const gnn_real *x,
                     const gnn_real *y, const gnn_real *dy, gnn_real *dx,
                     bool accumulate) {
    const vr p = v_all(parameter);
    for (int64_t i = 0; i < n; i += VL) {
        int64_t left = n - i;
        vr vx = x ? v_load_n(x + i, left) : v_all(1);
        vr vy = y ? v_load_n(y + i, left) : v_all(1);
        vr d = slope_of(op, vx, vy, p) * v_load_n(dy + i, left);
        if (accumulate) d += v_load_n(dx + i, left);
        v_store_n(dx + i, d, left);
    }
}

typedef void (*forward_body)(gnn_real p, int64_t n, const gnn_real *x, gnn_real *y);
typedef void (*backward_body)(gnn_real p, int64_t n, const gnn_real *x, const gnn_real *y,
                              const gnn_real *dy, gnn_real *dx, bool accumulate);

#define EACH_UNARY(do)                                                                   \
    do                                                                                   \
    (NEG) do(RELU) do(LEAKY_RELU) do(ELU) do(GELU) do(SILU) do(TANH) do(SIGMOID) do(     \
        SOFTPLUS) do(EXP) do(LOG) do(SQUARE) do(SQRT) do(ABS)
#define BODIES(name)                                                                     \
    static void forward_##name(gnn_real p, int64_t n, const gnn_real *x, gnn_real *y) {  \
        forward(GNN_I_UNARY_##name, p, n, x, y);                                         \
    }                                                                                    \
    static void backward_##name(gnn_real p, int64_t n, const gnn_real *x,                \
                                const gnn_real *y, const gnn_real *dy, gnn_real *dx,     \
                                bool accumulate) {                                       \
        backward(GNN_I_UNARY_##name, p, n, x, y, dy, dx, accumulate);                    \
    }
EACH_UNARY(BODIES)
#define FORWARD_ENTRY(name) [GNN_I_UNARY_##name] = forward_##name,
#define BACKWARD_ENTRY(name) [GNN_I_UNARY_##name] = backward_##name,
static const forward_body forwards[GNN_I_N_UNARY] = {EACH_UNARY(FORWARD_ENTRY)};
static const backward_body backwards[GNN_I_N_UNARY] = {EACH_UNARY(BACKWARD_ENTRY)};

void ISA(gnn_i_unary_run)(const gnn_i_unary_args *s, int64_t i0, int64_t i1) {
    forward_body body = forwards[s->op];
    if (!s->dropout.threshold) {
        body(s->parameter, i1 - i0, s->x + i0, s->y + i0);
        return;
    }
    for (int64_t i = i0; i < i1; i += CHUNK) {
        int64_t n = i1 - i < CHUNK ? i1 - i : CHUNK;
        body(s->parameter, n, s->x + i, s->y + i);
        mask_run(&s->dropout, (uint64_t)i, n, s->y + i);
    }
}

void ISA(gnn_i_unary_backward_run)(const gnn_i_unary_args *s, int64_t i0, int64_t i1) {
    backward_body body = backwards[s->op];
    gnn_real masked[CHUNK], again[CHUNK];
    for (int64_t i = i0; i < i1; i += CHUNK) {
        int64_t n = i1 - i < CHUNK ? i1 - i : CHUNK;
        const gnn_real *x = s->x ? s->x + i : NULL, *y = s->y ? s->y + i : NULL;
        const gnn_real *dy = s->dy + i;
        if (s->dropout.threshold && s->op == GNN_I_UNARY_RELU) {
            /* y > 0 tells kept and positive at once: only the scale is left */
            gnn_real scale = gnn_i_dropout_scale(&s->dropout);
            for (int64_t k = 0; k < n; k++) masked[k] = scale * dy[k];
            dy = masked;
        } else if (s->dropout.threshold) {
            memcpy(masked, dy, (size_t)n * sizeof *masked);
            mask_run(&s->dropout, (uint64_t)i, n, masked);
            dy = masked;
            if (gnn_i_unary_needs_y(s->op)) { /* y of before the mask */
                forwards[s->op](s->parameter, n, x, again);
                y = again;
            }
        }
        body(s->parameter, n, x, y, dy, s->dx + i, s->accumulate);
    }
}

/* ---- two arguments ---- */

INLINE vr binary_value(gnn_i_binary_op op, vr a, vr b) {
    switch (op) {
    case GNN_I_BINARY_ADD: return a + b;
    case GNN_I_BINARY_SUB: return a - b;
    case GNN_I_BINARY_MUL: return a * b;
    case GNN_I_BINARY_DIV: return a / b;
    default: return v_select(a >= b, a, b);
    }
}

/* A run of an argument: consecutive values, or one that is repeated. */
INLINE vr run_load(const gnn_real *p, bool repeats, int64_t i, int64_t left) {
    return repeats ? v_all(*p) : v_load_n(p + i, left);
}

INLINE void binary_run(gnn_i_binary_op op, int64_t n, const gnn_real *a, bool a_repeats,
                       const gnn_real *b, bool b_repeats, gnn_real *y) {
    for (int64_t i = 0; i < n; i += VL)
        v_store_n(y + i,
                  binary_value(op, run_load(a, a_repeats, i, n - i),
                               run_load(b, b_repeats, i, n - i)),
                  n - i);
}

static void binary_any(gnn_i_binary_op op, int64_t n, const gnn_real *a, bool a_repeats,
                       const gnn_real *b, bool b_repeats, gnn_real *y) {
    switch (op) {
    case GNN_I_BINARY_ADD:
        binary_run(GNN_I_BINARY_ADD, n, a, a_repeats, b, b_repeats, y);
        break;
    case GNN_I_BINARY_SUB:
        binary_run(GNN_I_BINARY_SUB, n, a, a_repeats, b, b_repeats, y);
        break;
    case GNN_I_BINARY_MUL:
        binary_run(GNN_I_BINARY_MUL, n, a, a_repeats, b, b_repeats, y);
        break;
    case GNN_I_BINARY_DIV:
        binary_run(GNN_I_BINARY_DIV, n, a, a_repeats, b, b_repeats, y);
        break;
    case GNN_I_BINARY_MAX:
        binary_run(GNN_I_BINARY_MAX, n, a, a_repeats, b, b_repeats, y);
        break;
    }
}

/* The run of an argument that row r reads. */
INLINE const gnn_real *argument_row(const gnn_real *x, gnn_i_broadcast kind, int64_t r,
                                    int64_t cols, bool *repeats) {
    *repeats = kind == GNN_I_COL || kind == GNN_I_SCALAR;
    if (!x) return NULL; /* ADD and SUB read neither */
    return kind == GNN_I_FULL ? x + r * cols : kind == GNN_I_COL ? x + r : x;
}

void ISA(gnn_i_binary_rows)(const gnn_i_binary_args *s, int64_t r0, int64_t r1) {
    for (int64_t r = r0; r < r1; r++) {
        bool ra, rb;
        const gnn_real *a = argument_row(s->a, s->kind_a, r, s->cols, &ra);
        const gnn_real *b = argument_row(s->b, s->kind_b, r, s->cols, &rb);
        binary_any(s->op, s->cols, a, ra, b, rb, s->y + r * s->cols);
    }
}

/* Items of one row: arguments are whole, or one value. */
void ISA(gnn_i_binary_items)(const gnn_i_binary_args *s, int64_t i0, int64_t i1) {
    bool ra = s->kind_a != GNN_I_FULL, rb = s->kind_b != GNN_I_FULL;
    binary_any(s->op, i1 - i0, ra ? s->a : s->a + i0, ra, rb ? s->b : s->b + i0, rb,
               s->y + i0);
}

INLINE void slopes(gnn_i_binary_op op, vr a, vr b, vr g, vr *ga, vr *gb) {
    *ga = *gb = g;
    switch (op) {
    case GNN_I_BINARY_ADD: break;
    case GNN_I_BINARY_SUB: *gb = -g; break;
    case GNN_I_BINARY_MUL: *ga = g * b, *gb = g * a; break;
    case GNN_I_BINARY_DIV: *ga = g / b, *gb = -g * a / (b * b); break;
    default: *ga = v_select(a >= b, g, v_all(0)), *gb = g - *ga; break;
    }
}

/* Where a row's share of an argument's gradient goes: its own run, or one sum. */
typedef struct sink {
    gnn_real *run; /* += value by value; NULL: only the sum is wanted */
    double *sum;   /* += sum of the run; NULL: not wanted */
} sink;

static void drain(sink to, int64_t i, int64_t left, vr g, vr *sum) {
    if (to.run) v_store_n(to.run + i, v_load_n(to.run + i, left) + g, left);
    if (!to.sum) return;
    if (left < VL) {
        gnn_real lane[VL] = {0};
        memcpy(lane, &g, (size_t)left * sizeof *lane);
        memcpy(&g, lane, sizeof g);
    }
    *sum += g;
}

static void backward_row(gnn_i_binary_op op, int64_t n, const gnn_real *a, bool ra,
                         const gnn_real *b, bool rb, const gnn_real *dy, sink da,
                         sink db) {
    vr sum_a = {0}, sum_b = {0};
    bool reads = op != GNN_I_BINARY_ADD && op != GNN_I_BINARY_SUB;
    for (int64_t i = 0; i < n; i += VL) {
        int64_t left = n - i;
        vr ga, gb, va = v_all(0), vb = v_all(0);
        if (reads) va = run_load(a, ra, i, left), vb = run_load(b, rb, i, left);
        slopes(op, va, vb, v_load_n(dy + i, left), &ga, &gb);
        drain(da, i, left, ga, &sum_a);
        drain(db, i, left, gb, &sum_b);
    }
    if (da.sum) *da.sum += (double)v_sum(sum_a);
    if (db.sum) *db.sum += (double)v_sum(sum_b);
}

/* Rows r0 .. r1-1: `row_a`, `row_b` (cols) gather what is summed over rows, *total_a,
 * *total_b what is summed over everything. */
void ISA(gnn_i_binary_backward_rows)(const gnn_i_binary_args *s, int64_t r0, int64_t r1,
                                     gnn_real *row_a, gnn_real *row_b, double *total_a,
                                     double *total_b) {
    for (int64_t r = r0; r < r1; r++) {
        bool ra, rb;
        double sum_a = 0, sum_b = 0;
        const gnn_real *a = argument_row(s->a, s->kind_a, r, s->cols, &ra);
        const gnn_real *b = argument_row(s->b, s->kind_b, r, s->cols, &rb);
        sink da = {NULL, s->da && ra ? &sum_a : NULL};
        sink db = {NULL, s->db && rb ? &sum_b : NULL};
        if (s->da && !ra) da.run = s->kind_a == GNN_I_ROW ? row_a : s->da + r * s->cols;
        if (s->db && !rb) db.run = s->kind_b == GNN_I_ROW ? row_b : s->db + r * s->cols;
        backward_row(s->op, s->cols, a, ra, b, rb, s->dy + r * s->cols, da, db);
        if (s->da && s->kind_a == GNN_I_COL) s->da[r] += (gnn_real)sum_a;
        if (s->db && s->kind_b == GNN_I_COL) s->db[r] += (gnn_real)sum_b;
        *total_a += sum_a;
        *total_b += sum_b;
    }
}

/* Items of one row, both arguments whole. */
void ISA(gnn_i_binary_backward_items)(const gnn_i_binary_args *s, int64_t i0,
                                      int64_t i1) {
    sink da = {s->da ? s->da + i0 : NULL, NULL}, db = {s->db ? s->db + i0 : NULL, NULL};
    backward_row(s->op, i1 - i0, s->a ? s->a + i0 : NULL, false, s->b ? s->b + i0 : NULL,
                 false, s->dy + i0, da, db);
}

/* ---- linear combinations ---- */

/* y = alpha a + beta b; b NULL: alpha a; alpha 0 with a NULL: beta everywhere. */
void ISA(gnn_i_combine)(const gnn_i_combine_args *s, int64_t i0, int64_t i1) {
    const vr alpha = v_all(s->alpha), beta = v_all(s->beta);
    for (int64_t i = i0; i < i1; i += VL) {
        int64_t left = i1 - i;
        vr y = s->a ? alpha * v_load_n(s->a + i, left) : beta;
        if (s->b) y += beta * v_load_n(s->b + i, left);
        v_store_n(s->y + i, y, left);
    }
}

/* ---- random numbers ---- */

void ISA(gnn_i_dropout_run)(const gnn_i_dropout_args *s, int64_t i0, int64_t i1) {
    gnn_real masked[CHUNK];
    for (int64_t i = i0; i < i1; i += CHUNK) {
        int64_t n = i1 - i < CHUNK ? i1 - i : CHUNK;
        memcpy(masked, s->x + i, (size_t)n * sizeof *masked);
        if (s->dropout.threshold) mask_run(&s->dropout, (uint64_t)i, n, masked);
        if (s->accumulate)
            for (int64_t k = 0; k < n; k++) s->y[i + k] += masked[k];
        else
            memcpy(s->y + i, masked, (size_t)n * sizeof *masked);
    }
}

/* u[i] uniform of elements first .. first + n - 1, first a multiple of 4. */
static void uniform_run(uint64_t seed, uint64_t stream, uint64_t first, int64_t n,
                        gnn_real *u) {
    uint32_t words[4 * PHILOX_LANES];
    for (int64_t i = 0; i < n; i += 4 * PHILOX_LANES) {
        philox_run(seed, stream, (first + (uint64_t)i) / 4, words);
        for (int k = 0; k < 4 * PHILOX_LANES && i + k < n; k++)
            u[i + k] = sizeof(gnn_real) == sizeof(float)
                           ? (gnn_real)(words[k] >> 8) * (gnn_real)0x1p-24
                           : (gnn_real)words[k] * (gnn_real)0x1p-32;
    }
}

void ISA(gnn_i_fill_run)(const gnn_i_fill_args *s, int64_t i0, int64_t i1) {
    gnn_real u[CHUNK + 1] = {0};
    for (int64_t i = i0; i < i1; i += CHUNK) {
        int64_t n = i1 - i < CHUNK ? i1 - i : CHUNK;
        /* whole pairs, also where the last one is cut */
        uniform_run(s->seed, s->stream, (uint64_t)i, n + (n & 1), u);
        for (int64_t k = 0; k < n; k++) {
            if (!s->normal) {
                s->x[i + k] = s->a + (s->b - s->a) * u[k];
                continue;
            }
            double radius = sqrt(-2 * log(1 - (double)u[k & ~1]));
            double angle = 2 * 3.14159265358979323846 * (double)u[k | 1];
            double g = radius * (k & 1 ? sin(angle) : cos(angle));
            s->x[i + k] = s->a + s->b * (gnn_real)g;
        }
    }
}

void ISA(gnn_i_philox_run)(uint64_t seed, uint64_t stream, uint64_t first, int64_t n,
                           uint32_t *words) {
    uint32_t some[4 * PHILOX_LANES];
    for (int64_t b = 0; b < n; b += PHILOX_LANES) {
        int64_t count = n - b < PHILOX_LANES ? n - b : PHILOX_LANES;
        philox_run(seed, stream, first + (uint64_t)b, some);
        memcpy(words + 4 * b, some, (size_t)(4 * count) * sizeof *some);
    }
}
