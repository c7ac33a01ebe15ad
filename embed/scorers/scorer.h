/* What a scorer is: one descriptor a file.
 *
 * A triple is asked about by one of its ends: (h, r, ?) has the head as its anchor and
 * tails as candidates, (?, r, t) the other way round. The scorer folds the relation into
 * the anchor, q = fold(anchor, relation); a match (matches/match.h) then compares q with
 * many candidates at once, s = match(q, c). Gradients go the same way back, written by
 * hand: from q to anchor, relation and shared parameters. Questions come to a fold by
 * relation: what is made of a relation alone (mix) is made once for all of them.
 *
 * To add one: a file with one `const emb_i_scorer_type emb_i_scorer_NAME` and the line
 * EMB_SCORER(NAME) in scorers.def. */
#ifndef EMB_SCORERS_SCORER_H
#define EMB_SCORERS_SCORER_H

#include <embed/scorer.h>

#include "core/option.h"
#include "matches/match.h"

typedef enum emb_i_side {
    EMB_I_TAIL, /* tails are asked for; the anchor is the head */
    EMB_I_HEAD
} emb_i_side;

typedef struct emb_i_scorer_type emb_i_scorer_type;

/* A scorer with its settings and the widths that follow from them. */
typedef struct emb_i_scorer {
    const emb_i_scorer_type *type;
    void *options;             /* what type->info.options fills */
    int64_t dim;               /* as asked for: floats of an entity's vector */
    int64_t entity, relation;  /* floats of a row */
    int64_t mixed;             /* floats that mix makes of a relation; 0: no mix */
    int64_t query;             /* floats of a folded query */
    int64_t shared_parts;      /* parameters that all triples share: parts … */
    int64_t shared;            /* … and floats of a part; 0: none */
    int64_t first[2];          /* column of an entity's row where the candidate begins,
                                * for tails and for heads asked; match.width floats */
    int64_t own_first[2], own; /* columns of the anchor that the fold reads */
    int64_t modulus, relation_modulus; /* floats that make one number for N3, of
                                        * entities and relations: 1, 2 … */
    emb_i_match match;
} emb_i_scorer;

/* n questions of one relation, forward and backward. Gradients are added. */
typedef struct emb_i_fold {
    int64_t n;
    const gnn_real *anchor;   /* (n, entity) */
    const gnn_real *relation; /* (relation), or what mix made of it (mixed) */
    gnn_real *query;          /* (n, query) */
    const gnn_real *d_query;  /* (n, query) */
    gnn_real *d_anchor, *d_relation;
} emb_i_fold;

/* n relations to mix, forward and backward. Gradients are added. */
typedef struct emb_i_mix {
    int64_t n;
    const gnn_real *relation; /* (n, relation) */
    const gnn_real *shared;   /* (shared_parts, shared) or NULL */
    gnn_real *mixed;          /* (n, mixed) */
    gnn_real *d_mixed;        /* (n, mixed) */
    gnn_real *d_relation;
} emb_i_mix;

/* What a table's rows are at first. */
typedef enum emb_i_part { EMB_I_ENTITY, EMB_I_RELATION, EMB_I_SHARED } emb_i_part;
typedef struct emb_i_rows_init {
    emb_i_part part;
    int64_t n;
    gnn_real *rows; /* (n, width): standard normal numbers, to be turned into others */
    double scale;   /* the option init-scale */
} emb_i_rows_init;

struct emb_i_scorer_type {
    emb_scorer_info info;
    size_t options_size;
    int64_t parts;         /* dim has to be a multiple of it */
    bool needs_reciprocal; /* knows only how to ask for tails */
    /* Set the widths and the match. */
    gnn_status (*setup)(emb_i_scorer *scorer);
    void (*fold)(const emb_i_scorer *scorer, emb_i_side side, const emb_i_fold *fold);
    void (*fold_backward)(const emb_i_scorer *scorer, emb_i_side side,
                          const emb_i_fold *fold);
    /* Optional: of n relations at once, before they are folded into their questions. */
    void (*mix)(const emb_i_scorer *scorer, const emb_i_mix *mix);
    void (*mix_backward)(const emb_i_scorer *scorer, const emb_i_mix *mix);
    /* With shared parameters: gradient (n, shared) += of parts first .. first + n - 1. */
    void (*shared_backward)(const emb_i_scorer *scorer, const emb_i_mix *mix,
                            int64_t first, int64_t n, gnn_real *gradient);
    /* Optional: q with score(h, r, t) = q · r for every relation r: anchor holds the
     * heads, `other` the tails. For predicting relations. */
    void (*fold_ends)(const emb_i_scorer *scorer, int64_t n, const gnn_real *head,
                      const gnn_real *tail, gnn_real *query);
    void (*fold_ends_backward)(const emb_i_scorer *scorer, int64_t n,
                               const gnn_real *head, const gnn_real *tail,
                               const gnn_real *d_query, gnn_real *d_head,
                               gnn_real *d_tail);
    /* Optional: other initial rows than scale × normal. */
    void (*init)(const emb_i_scorer *scorer, const emb_i_rows_init *init);
};

/* fold.c: n questions, neighbours of the same relation as a group. */
typedef struct emb_i_folds {
    int64_t n;
    const gnn_id *id;       /* (n) relations of the questions */
    const gnn_real *anchor; /* (n, entity) */
    emb_i_mix groups;       /* relations of the groups; forward writes mixed, backward
                             * d_mixed */
    gnn_real *query;        /* (n, query) */
    const gnn_real *d_query;
    gnn_real *d_anchor;
} emb_i_folds;

static inline bool emb_i_begins_group(const gnn_id *id, int64_t i) {
    return i == 0 || id[i] != id[i - 1];
}
void emb_i_fold_forward(const emb_i_scorer *scorer, emb_i_side side,
                        const emb_i_folds *folds);
/* After forward: adds to d_anchor and groups.d_relation. */
void emb_i_fold_backward(const emb_i_scorer *scorer, emb_i_side side,
                         const emb_i_folds *folds);

/* By name; NULL when unknown. */
const emb_i_scorer_type *emb_i_scorer_find(const char *name);
/* "transe distmult …", for messages. */
extern const char emb_i_scorer_names[];

/* A scorer of that name for vectors of dim floats.
 * Errors: GNN_ERR_ARGUMENT for an unknown name, option or a dim that does not fit. */
gnn_status emb_i_scorer_make(const char *name, int64_t dim, const char *options,
                             emb_i_scorer *scorer);
void emb_i_scorer_clear(emb_i_scorer *scorer);

#endif
