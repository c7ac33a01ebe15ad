/* The registry of scorers, and making one by name. */
#include "scorers/scorer.h"

#include <stdio.h>
#include <string.h>

#include "core/alloc.h"

#define EMB_SCORER(name) extern const emb_i_scorer_type emb_i_scorer_##name;
#include "scorers/scorers.def"
#undef EMB_SCORER

static const emb_i_scorer_type *const types[] = {
#define EMB_SCORER(name) &emb_i_scorer_##name,
#include "scorers/scorers.def"
#undef EMB_SCORER
};

const char emb_i_scorer_names[] =
#define EMB_SCORER(name) #name " "
#include "scorers/scorers.def"
#undef EMB_SCORER
    ;

size_t emb_scorer_count(void) {
    return sizeof types / sizeof *types;
}
const emb_scorer_info *emb_scorer_get(size_t i) {
    return i < emb_scorer_count() ? &types[i]->info : NULL;
}

const emb_i_scorer_type *emb_i_scorer_find(const char *name) {
    for (size_t i = 0; name != NULL && i < emb_scorer_count(); i++)
        if (strcmp(types[i]->info.name, name) == 0) return types[i];
    return NULL;
}

gnn_status emb_i_scorer_make(const char *name, int64_t dim, const char *options,
                             emb_i_scorer *scorer) {
    gnn_status status;
    char what[64];
    const emb_i_scorer_type *type = emb_i_scorer_find(name);
    *scorer = (emb_i_scorer){0};
    GNN_CHECK(type != NULL, GNN_ERR_ARGUMENT, "unknown scorer '%s'; known: %s",
              name != NULL ? name : "", emb_i_scorer_names);
    GNN_CHECK(dim > 0 && dim <= 65536 && dim % type->parts == 0, GNN_ERR_ARGUMENT,
              "scorer %s: dim is %lld, expected a multiple of %lld up to 65536", name,
              (long long)dim, (long long)type->parts);
    snprintf(what, sizeof what, "scorer %s", name);
    *scorer = (emb_i_scorer){.type = type,
                             .dim = dim,
                             .entity = dim,
                             .relation = dim,
                             .query = dim,
                             .own = dim,
                             .modulus = 1,
                             .relation_modulus = 1,
                             .match = {.kind = EMB_I_DOT, .width = dim}};
    GNN_TRY(gnn_i_calloc(&scorer->options, 1, type->options_size, "a scorer's options"));
    if (type->info.options != NULL) {
        gnn_options_init(type->info.options, scorer->options);
        GNN_TRY(gnn_options_parse(type->info.options, what, options, scorer->options));
    } else {
        GNN_CHECK(options == NULL || options[0] == '\0', GNN_ERR_ARGUMENT,
                  "%s has no options, but was given '%s'", what, options);
    }
    GNN_TRY(type->setup(scorer));
    return GNN_OK;
cleanup:
    emb_i_scorer_clear(scorer);
    return status;
}

void emb_i_scorer_clear(emb_i_scorer *scorer) {
    gnn_i_free(scorer->options);
    *scorer = (emb_i_scorer){0};
}
