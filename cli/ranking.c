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

static void print_row(int width, const char *indent, const char *name,
                      const cJSON *ranking) {
    static const char *const columns[] = {"mrr",     "hits@1", "hits@3",
                                          "hits@10", "mr",     "amri"};
    const cJSON *questions = cJSON_GetObjectItem(ranking, "questions");
    printf("%s%-*s %10.0f", indent, width - (int)strlen(indent), name,
           cJSON_IsNumber(questions) ? questions->valuedouble : 0);
    for (int i = 0; i < 6; i++) {
        const cJSON *value = cJSON_GetObjectItem(ranking, columns[i]);
        printf(i == 4 ? " %10.1f" : " %8.4f",
               cJSON_IsNumber(value) ? value->valuedouble : 0);
    }
    putchar('\n');
}

void cli_print_rankings(const cJSON *result) {
    static const char *const sets[] = {"train", "valid", "test"};
    int width = 12;
    const cJSON *group;
    for (int i = 0; i < 3; i++) {
        const cJSON *set = cJSON_GetObjectItem(result, sets[i]);
        cJSON_ArrayForEach(group, cJSON_GetObjectItem(set, "by")) {
            int length = 2 + (int)strlen(group->string);
            if (length > width) width = length;
        }
    }
    printf("%-*s %10s %8s %8s %8s %8s %10s %8s\n", width, "", "questions", "MRR",
           "Hits@1", "Hits@3", "Hits@10", "MR", "AMRI");
    for (int i = 0; i < 3; i++) {
        const cJSON *set = cJSON_GetObjectItem(result, sets[i]);
        if (!set) continue;
        print_row(width, "", sets[i], set);
        print_row(width, "  ", "tails", cJSON_GetObjectItem(set, "tail"));
        print_row(width, "  ", "heads", cJSON_GetObjectItem(set, "head"));
        cJSON_ArrayForEach(group, cJSON_GetObjectItem(set, "by"))
            print_row(width, "  ", group->string, group);
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

static gnn_status make_groups(const cli_triples *t, const gnn_triples *ranked, cli_by by,
                              groups *g) {
    static const char *const kinds[] = {"1-1", "1-N", "N-1", "N-N"};
    gnn_status status = GNN_OK;
    int64_t n_relations = gnn_names_count(t->sets.relations);
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
            by == CLI_BY_KIND ? kinds[i] : gnn_names_get(t->sets.relations, i, NULL);
cleanup:
    free(kind);
    return status;
}

static cJSON *protocol_json(const cli_ranking *ranking, int n_known, uint64_t hash) {
    char text[32];
    cJSON *protocol = cli_json(cJSON_CreateObject());
    cli_json_text(protocol, "filter",
                  n_known == 0   ? "none"
                  : n_known == 3 ? "train valid test"
                                 : "train valid");
    cli_json_text(protocol, "ties", cli_ties_name(ranking->ties));
    snprintf(text, sizeof text, "%016llx", (unsigned long long)hash);
    cli_json_text(protocol, "triples", text);
    return protocol;
}

gnn_status cli_rank(const emb_model *model, const cli_triples *t, const char *name,
                    const cli_ranking *ranking, cli_progress *progress, cJSON *result) {
    gnn_status status = GNN_OK;
    const int place = strcmp(name, "train") == 0 ? 0 : strcmp(name, "valid") == 0 ? 1 : 2;
    const gnn_triples *known[] = {&t->sets.train, &t->sets.valid, &t->sets.test};
    const gnn_triples *ranked = known[place];
    groups g = {0};
    emb_evaluation e;
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
        GNN_TRY(make_groups(t, ranked, ranking->by, &g));
        options.group = g.of;
        options.n_groups = g.n;
        options.groups = g.evaluations;
    }
    double start = cli_now();
    status = emb_evaluate(model, ranked, &options, NULL, &e);
    cli_progress_end(progress);
    if (status != GNN_OK) goto cleanup;
    cJSON *set = evaluation_json(&e);
    cli_json_number(set, "seconds", cli_now() - start);
    cli_json_add(set, "protocol",
                 protocol_json(ranking, options.n_known, t->hash[place]));
    if (g.n > 0) {
        cJSON *by = cli_json(cJSON_CreateObject());
        for (int32_t i = 0; i < g.n; i++)
            if (g.evaluations[i].both.n > 0)
                cli_json_add(by, g.names[i], evaluation_json(&g.evaluations[i]));
        cli_json_add(set, "by", by);
    }
    cli_json_add(result, name, set);
cleanup:
    clear_groups(&g);
    return status;
}
