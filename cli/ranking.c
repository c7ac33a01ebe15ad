/* Ranking the triples of a command, and showing what comes of it. */
#include "ranking.h"

#include <stdlib.h>
#include <string.h>

#include "report.h"

static const char *const ties_names[] = {"mean", "optimistic", "pessimistic"};

const char *cli_ties_name(emb_ties ties) {
    return ties_names[ties];
}

gnn_status cli_ties(const char *name, emb_ties *ties) {
    for (int i = 0; i < 3; i++)
        if (!name || strcmp(ties_names[i], name) == 0) {
            *ties = (emb_ties)i;
            return GNN_OK;
        }
    return cli_unknown("tie rule", name, 3, ties_names);
}

gnn_status cli_by_name(const char *name, cli_by *by) {
    static const char *const names[] = {"relation", "kind"};
    *by = CLI_BY_NOTHING;
    for (int i = 0; name && i < 2; i++)
        if (strcmp(names[i], name) == 0) *by = (cli_by)(i + 1);
    return name && *by == CLI_BY_NOTHING ? cli_unknown("--by", name, 2, names) : GNN_OK;
}

/* {"questions": n, "mrr": …, "hits@1": …} */
static cJSON *ranking_json(const emb_ranking *r) {
    cJSON *object = cli_json(cJSON_CreateObject());
    cli_json_number(object, "questions", (double)r->n);
    cli_json_number(object, "mrr", r->mrr);
    cli_json_number(object, "hits@1", r->hits1);
    cli_json_number(object, "hits@3", r->hits3);
    cli_json_number(object, "hits@10", r->hits10);
    cli_json_number(object, "mr", r->mr);
    cli_json_number(object, "amr", r->amr);
    cli_json_number(object, "amri", r->amri);
    return object;
}

/* The same with "tail" and "head" apart. */
static cJSON *evaluation_json(const emb_evaluation *e) {
    cJSON *object = ranking_json(&e->both);
    cli_json_add(object, "tail", ranking_json(&e->tail));
    cli_json_add(object, "head", ranking_json(&e->head));
    return object;
}

/* {"value": x, "error": half the interval's width} */
static void add_estimate(cJSON *object, const char *name, emb_estimate estimate) {
    cJSON *pair = cli_json(cJSON_CreateObject());
    cli_json_number(pair, "value", estimate.value);
    cli_json_number(pair, "error", estimate.error);
    cli_json_add(object, name, pair);
}

/* Of a sample: its ranks by names of their own, so that nobody takes them for exact. */
static cJSON *sampled_json(const emb_sampled_ranking *r) {
    cJSON *object = cli_json(cJSON_CreateObject());
    cli_json_number(object, "questions", (double)r->n);
    add_estimate(object, "sampled_mrr", r->mrr);
    add_estimate(object, "sampled_hits@1", r->hits1);
    add_estimate(object, "sampled_hits@3", r->hits3);
    add_estimate(object, "sampled_hits@10", r->hits10);
    add_estimate(object, "mr", r->mr);
    add_estimate(object, "amr", r->amr);
    add_estimate(object, "amri", r->amri);
    return object;
}

static cJSON *sampled_evaluation_json(const emb_sampled_evaluation *e) {
    cJSON *object = sampled_json(&e->both);
    cli_json_add(object, "tail", sampled_json(&e->tail));
    cli_json_add(object, "head", sampled_json(&e->head));
    return object;
}

/* ---- tables ---- */

static double number_in(const cJSON *object, const char *name) {
    const cJSON *value = cJSON_GetObjectItem(object, name);
    return cJSON_IsNumber(value) ? value->valuedouble : 0;
}

static void print_sampled_row(const char *indent, const char *name,
                              const cJSON *ranking) {
    static const char *const columns[] = {
        "sampled_mrr", "sampled_hits@1", "sampled_hits@3", "sampled_hits@10", "mr", "amr",
        "amri"};
    printf("%s%-*s %10.0f", indent, 12 - (int)strlen(indent), name,
           number_in(ranking, "questions"));
    for (int i = 0; i < 7; i++) {
        const cJSON *pair = cJSON_GetObjectItem(ranking, columns[i]);
        char text[64];
        snprintf(text, sizeof text, i == 4 ? "%.1f±%.1f" : "%.4f±%.4f",
                 number_in(pair, "value"), number_in(pair, "error"));
        printf(" %*s", i == 4 ? 20 : 15, text); /* a width in bytes: ± has two */
    }
    putchar('\n');
}

void cli_print_sampled_rankings(const cJSON *result) {
    static const char *const sets[] = {"train", "valid", "test"};
    printf("%-12s %10s %14s %14s %14s %14s %19s %14s %14s\n", "", "questions",
           "sampled MRR", "Hits@1", "Hits@3", "Hits@10", "estimated MR", "AMR", "AMRI");
    for (int i = 0; i < 3; i++) {
        const cJSON *set = cJSON_GetObjectItem(result, sets[i]);
        if (!set) continue;
        print_sampled_row("", sets[i], set);
        print_sampled_row("  ", "tails", cJSON_GetObjectItem(set, "tail"));
        print_sampled_row("  ", "heads", cJSON_GetObjectItem(set, "head"));
    }
}

static void print_row(int width, int indent, const char *name, const cJSON *ranking) {
    static const char *const columns[] = {"mrr", "hits@1", "hits@3", "hits@10",
                                          "mr",  "amr",    "amri"};
    printf("%*s%-*s %10.0f", indent, "", width - indent, name,
           number_in(ranking, "questions"));
    for (int i = 0; i < 7; i++)
        printf(i == 4 ? " %10.1f" : " %8.4f", number_in(ranking, columns[i]));
    putchar('\n');
}

/* A row of all questions, and below it those for tails and for heads. */
static void print_rows(int width, int indent, const char *name, const cJSON *set) {
    print_row(width, indent, name, set);
    print_row(width, indent + 2, "tails", cJSON_GetObjectItem(set, "tail"));
    print_row(width, indent + 2, "heads", cJSON_GetObjectItem(set, "head"));
}

/* The ranking of a set in a result; NULL where none of it was ranked. */
static const cJSON *ranking_of(const cJSON *result, const char *set) {
    const cJSON *object = cJSON_GetObjectItem(result, set);
    return cJSON_GetObjectItem(object, "questions") ? object : NULL;
}

void cli_print_rankings(const cJSON *result) {
    static const char *const sets[] = {"train", "valid", "test"};
    int width = 12, n_sets = 0;
    const cJSON *group;
    for (int i = 0; i < 3; i++) {
        const cJSON *set = ranking_of(result, sets[i]);
        n_sets += set != NULL;
        cJSON_ArrayForEach(group, cJSON_GetObjectItem(set, "by")) {
            int length = 2 + (int)strlen(group->string);
            if (length > width) width = length;
        }
    }
    if (!n_sets) {
        puts("nothing was held out to rank");
        return;
    }
    printf("%-*s %10s %8s %8s %8s %8s %10s %8s %8s\n", width, "", "questions", "MRR",
           "Hits@1", "Hits@3", "Hits@10", "MR", "AMR", "AMRI");
    for (int i = 0; i < 3; i++) {
        const cJSON *set = ranking_of(result, sets[i]);
        if (!set) continue;
        print_rows(width, 0, sets[i], set);
        cJSON_ArrayForEach(group, cJSON_GetObjectItem(set, "by"))
            print_rows(width, 2, group->string, group);
    }
}

/* ---- groups of triples ---- */

/* Relations, or kinds of them. */
typedef struct groups {
    int32_t n;
    int32_t *of; /* (triples) */
    const char **names;
    emb_evaluation *evaluations;
} groups;

static void clear_groups(groups *g) {
    free(g->of);
    free(g->names);
    free(g->evaluations);
}

static gnn_status make_groups(const cli_triples *t, const gnn_triples *ranked,
                              const cli_ranking *ranking, groups *g) {
    static const char *const kinds[] = {"1-1", "1-N", "N-1", "N-N"};
    gnn_status status = GNN_OK;
    const cli_by by = ranking->by;
    int64_t n_relations = gnn_names_count(ranking->relations);
    *g = (groups){.n = by == CLI_BY_KIND ? 4 : (int32_t)n_relations};
    int32_t *kind = cli_alloc((size_t)n_relations, sizeof *kind);
    g->of = cli_alloc((size_t)ranked->n, sizeof *g->of);
    g->names = cli_alloc((size_t)g->n, sizeof *g->names);
    g->evaluations = cli_alloc((size_t)g->n, sizeof *g->evaluations);
    /* what a relation is like shows in the training triples */
    if (by == CLI_BY_KIND) GNN_TRY(emb_relation_kinds(n_relations, &t->sets.train, kind));
    for (int64_t i = 0; i < ranked->n; i++)
        g->of[i] = by == CLI_BY_KIND ? kind[ranked->relation[i]] : ranked->relation[i];
    for (int32_t i = 0; i < g->n; i++)
        g->names[i] =
            by == CLI_BY_KIND ? kinds[i] : gnn_names_get(ranking->relations, i, NULL);
cleanup:
    free(kind);
    return status;
}

/* ---- ranking ---- */

static void add_hash(cJSON *object, const char *name, uint64_t hash) {
    char text[32];
    snprintf(text, sizeof text, "%016llx", (unsigned long long)hash);
    cli_json_text(object, name, text);
}

/* How ranks came about: enough to tell whether two of them may be compared. */
static cJSON *protocol_json(const emb_model *model, const cli_ranking *ranking,
                            int n_known, const cli_triples *t,
                            const gnn_triples *ranked) {
    static const char *const names[] = {"train", "valid", "test"};
    cJSON *protocol = cli_json(cJSON_CreateObject());
    cli_json_text(protocol, "filter",
                  n_known == 0   ? "none"
                  : n_known == 3 ? "train valid test"
                                 : "train valid");
    cli_json_text(protocol, "ties", cli_ties_name(ranking->ties));
    add_hash(protocol, "triples", data_triples_hash(ranked));
    cJSON *known = cli_json(cJSON_CreateObject());
    for (int i = 0; i < n_known; i++) add_hash(known, names[i], t->hash[i]);
    cli_json_add(protocol, "known", known);
    cli_json_number(protocol, "entities",
                    (double)emb_model_get_options(model)->n_entities);
    cli_json_text(protocol, "candidates", ranking->sample > 0 ? "sampled" : "all");
    if (ranking->sample > 0) {
        cli_json_number(protocol, "sample", (double)ranking->sample);
        cli_json_number(protocol, "seed", (double)ranking->seed);
        cli_json_text(protocol, "warning", "ranks among a sample are no exact ranks");
    }
    return protocol;
}

/* How many entities of the ranked triples no training triple has, and how many triples
 * have one: they are ranked by random vectors. */
static void add_unseen(const emb_model *model, const gnn_triples *train,
                       const gnn_triples *ranked, cJSON *set) {
    enum { TRAINED = 1, COUNTED = 2 };
    int64_t entities = 0, triples = 0;
    size_t n = (size_t)emb_model_get_options(model)->n_entities;
    uint8_t *seen = memset(cli_alloc(n, 1), 0, n);
    for (int64_t i = 0; i < train->n; i++)
        seen[train->head[i]] = seen[train->tail[i]] = TRAINED;
    for (int64_t i = 0; i < ranked->n; i++) {
        gnn_id ends[] = {ranked->head[i], ranked->tail[i]};
        triples += seen[ends[0]] != TRAINED || seen[ends[1]] != TRAINED;
        for (int k = 0; k < 2; k++) {
            entities += seen[ends[k]] == 0;
            if (seen[ends[k]] == 0) seen[ends[k]] = COUNTED;
        }
    }
    free(seen);
    cli_json_number(set, "unseen_entities", (double)entities);
    cli_json_number(set, "unseen_triples", (double)triples);
}

static gnn_status rank_exactly(const emb_model *model, const gnn_triples *ranked,
                               const emb_evaluate_options *options, const groups *g,
                               cJSON **set) {
    emb_evaluation e;
    gnn_status status = emb_evaluate(model, ranked, options, NULL, &e);
    if (status != GNN_OK) return status;
    *set = evaluation_json(&e);
    if (g->n == 0) return GNN_OK;
    cJSON *by = cli_json(cJSON_CreateObject());
    for (int32_t i = 0; i < g->n; i++)
        if (g->evaluations[i].both.n > 0)
            cli_json_add(by, g->names[i], evaluation_json(&g->evaluations[i]));
    cli_json_add(*set, "by", by);
    return GNN_OK;
}

static gnn_status rank_among_sample(const emb_model *model, const gnn_triples *ranked,
                                    const emb_evaluate_options *options,
                                    const cli_ranking *ranking, cJSON **set) {
    emb_sampled_evaluation e;
    gnn_status status =
        emb_evaluate_sampled(model, ranked, options, ranking->sample, ranking->seed, &e);
    if (status == GNN_OK) *set = sampled_evaluation_json(&e);
    return status;
}

gnn_status cli_rank(const emb_model *model, const cli_triples *t, const char *name,
                    const cli_ranking *ranking, cli_progress *progress, cJSON *result) {
    gnn_status status = GNN_OK;
    const int place = strcmp(name, "train") == 0 ? 0 : strcmp(name, "valid") == 0 ? 1 : 2;
    const gnn_triples *known[] = {&t->sets.train, &t->sets.valid, &t->sets.test};
    gnn_triples ranked = *known[place];
    cJSON *set = NULL;
    groups g = {0};
    ranked.n = t->n_ranked[place];
    /* validation knows nothing of the test triples */
    emb_evaluate_options options = {.ties = ranking->ties,
                                    .n_known = ranking->raw ? 0
                                               : place == 2 ? 3
                                                            : 2,
                                    .known = known,
                                    .n_threads = ranking->n_threads,
                                    .progress = cli_progress_callback,
                                    .user = progress};
    if (ranking->by != CLI_BY_NOTHING) {
        GNN_TRY(make_groups(t, &ranked, ranking, &g));
        options.group = g.of;
        options.n_groups = g.n;
        options.groups = g.evaluations;
    }
    double start = cli_now();
    status = ranking->sample > 0
                 ? rank_among_sample(model, &ranked, &options, ranking, &set)
                 : rank_exactly(model, &ranked, &options, &g, &set);
    cli_progress_end(progress);
    if (status != GNN_OK) goto cleanup;
    cli_json_number(set, "seconds", cli_now() - start);
    cli_json_add(set, "protocol",
                 protocol_json(model, ranking, options.n_known, t, &ranked));
    if (place > 0) add_unseen(model, &t->sets.train, &ranked, set);
    cli_json_add(result, name, set);
cleanup:
    clear_groups(&g);
    return status;
}
