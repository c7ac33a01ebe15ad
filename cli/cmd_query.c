/* gnn query: what fits best, by the vectors of a run. */
#include <stdlib.h>
#include <string.h>

#include <embed/query.h>

#include "data.h"
#include "embed_run.h"
#include "report.h"

typedef struct query_options {
    const char *head, *relation, *tail, *near, *exclude;
    int64_t top;
    bool json, quiet;
} query_options;

/* The row of a name, -1 for NULL. Errors: GNN_ERR_ARGUMENT naming what is unknown. */
static gnn_status find(const gnn_names *names, const char *what, const char *name,
                       gnn_id *row) {
    *row = -1;
    if (!name) return GNN_OK;
    *row = (gnn_id)gnn_names_find(names, name, strlen(name));
    if (*row >= 0) return GNN_OK;
    return gnn_fail(GNN_ERR_ARGUMENT, "--%s: '%s' is not in this run", what, name);
}

/* Whether answers are relations rather than entities. */
static bool asks_relations(const emb_question *q) {
    return q->relation < 0 && q->near < 0;
}

/* Rows that triples of the run name as answers already; new memory. */
static gnn_status known_answers(const cli_embed_run *run, const emb_question *q,
                                cli_progress *progress, gnn_id **rows, int64_t *n) {
    cli_triples t;
    const cli_settings none = {0};
    gnn_status status = cli_embed_triples(run, &none, progress, &t);
    if (status != GNN_OK) return status;
    const gnn_triples *sets[] = {&t.sets.train, &t.sets.valid, &t.sets.test};
    const int64_t n_known = sets[0]->n + sets[1]->n + sets[2]->n;
    cli_note("%s: %lld known triple%s", t.name, (long long)n_known, cli_plural(n_known));
    *rows = cli_alloc((size_t)n_known, sizeof **rows);
    for (int s = 0; s < 3; s++)
        for (int64_t i = 0; i < sets[s]->n; i++) {
            gnn_id h = sets[s]->head[i], r = sets[s]->relation[i], e = sets[s]->tail[i];
            if ((q->head >= 0 && h != q->head) || (q->tail >= 0 && e != q->tail) ||
                (q->relation >= 0 && r != q->relation))
                continue;
            (*rows)[(*n)++] = q->relation < 0 ? r : q->head < 0 ? h : e;
        }
    cli_triples_clear(&t);
    return GNN_OK;
}

static void print_answers(const cli_embed_run *run, const emb_question *q,
                          const char *const *labels, int64_t n, const emb_answer *answers,
                          bool json) {
    bool relations = asks_relations(q);
    const gnn_names *names = relations ? run->relations : run->entities;
    cJSON *list = cli_json(cJSON_CreateArray());
    char buffer[24];
    printf("rank\t%s\tscore%s\n", relations ? "relation" : "entity",
           labels && !relations ? "\tlabel" : "");
    for (int64_t i = 0; i < n; i++) {
        const char *name = gnn_names_get(names, answers[i].row, buffer);
        const char *label = labels && !relations ? labels[answers[i].row] : NULL;
        printf("%lld\t%s\t%.6g", (long long)i + 1, name, (double)answers[i].score);
        if (labels && !relations) printf("\t%s", label ? label : "");
        putchar('\n');
        cJSON *item = cli_json(cJSON_CreateObject());
        cli_json_text(item, relations ? "relation" : "entity", name);
        cli_json_number(item, "score", (double)answers[i].score);
        if (label) cli_json_text(item, "label", label);
        cJSON_AddItemToArray(list, item);
    }
    cJSON *result = cli_json(cJSON_CreateObject());
    cli_json_add(result, "answers", list);
    if (json) cli_print_json(result);
    cJSON_Delete(result);
}

static gnn_status query(const char *path, const query_options *own,
                        const cli_settings *given, cli_progress *progress) {
    gnn_status status;
    cli_embed_run run = {0};
    emb_question q = EMB_QUESTION_INIT;
    emb_answer *answers = NULL;
    gnn_id *excluded = NULL;
    const char *const *labels = NULL;
    int n_threads;
    int64_t n = 0, most;
    GNN_TRY(cli_machine(given, &n_threads));
    GNN_CHECK(!own->exclude || strcmp(own->exclude, "known") == 0, GNN_ERR_ARGUMENT,
              "--exclude is '%s', expected known", own->exclude);
    GNN_CHECK(!own->exclude || !own->near, GNN_ERR_ARGUMENT,
              "--exclude goes with questions for triples, not with --near");
    GNN_TRY(cli_embed_open(path, &run));
    GNN_TRY(find(run.entities, "head", own->head, &q.head));
    GNN_TRY(find(run.relations, "relation", own->relation, &q.relation));
    GNN_TRY(find(run.entities, "tail", own->tail, &q.tail));
    GNN_TRY(find(run.entities, "near", own->near, &q.near));
    if (own->exclude) {
        GNN_TRY(known_answers(&run, &q, progress, &excluded, &n));
        q.excluded = excluded;
        q.n_excluded = n;
    }
    most = gnn_names_count(asks_relations(&q) ? run.relations : run.entities);
    if (own->top < most) most = own->top;
    answers = cli_alloc((size_t)most, sizeof *answers);
    GNN_TRY(emb_query(run.model, &q, most, n_threads, answers, &n));
    GNN_TRY(cli_embed_labels(&run, &labels));
    print_answers(&run, &q, labels, n, answers, own->json);
cleanup:
    data_entity_labels_free(labels);
    free(answers);
    free(excluded);
    cli_embed_close(&run);
    return status;
}

int cli_query(int argc, char **argv) {
    cli_settings given = {0};
    cli_progress progress;
    const char *path = NULL;
    query_options own = {.top = 10};
    const cli_option table[] = {
        CLI_OPTION_TEXT(0, "head", "NAME", "the head of a triple", &own.head),
        CLI_OPTION_TEXT(0, "relation", "NAME", "its relation", &own.relation),
        CLI_OPTION_TEXT(0, "tail", "NAME", "its tail", &own.tail),
        CLI_OPTION_TEXT(0, "near", "NAME",
                        "entities whose vectors have the largest cosine with this one's",
                        &own.near),
        CLI_OPTION_INTEGER('k', "top", 1, 1000000000, "answers [10]", &own.top),
        CLI_OPTION_TEXT(0, "exclude", "known",
                        "leave out what the run's triples say already", &own.exclude),
        CLI_OPTION_FLAG('j', "json", "print the result as one JSON object, last",
                        &own.json),
        CLI_OPTION_FLAG('q', "quiet", "say nothing but results and errors", &own.quiet),
        CLI_OPTIONS_END,
    };
    cli_grammar grammar = {
        .arguments = "RUN",
        .least = 1,
        .most = 1,
        .words = &path,
        .settings = &given,
        .help =
            "Ask the vectors of gnn embed. Give two of --head, --relation and --tail: "
            "the third is asked for. Or give --near: what is like an entity?",
        .more = "Example:\n  gnn query runs/wordnet-triples-complex --head n02084071 "
                "--relation hypernym",
        .tables = {table, cli_machine_table}};
    gnn_status status = cli_parse(&grammar, argc, argv);
    if (status == GNN_OK) {
        cli_quiet(own.quiet);
        cli_progress_begin(&progress, own.quiet);
        status = query(path, &own, &given, &progress);
        cli_progress_end(&progress);
    }
    cli_settings_clear(&given);
    return cli_end(status);
}
