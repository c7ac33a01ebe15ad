/* WordNet's lexicographer files and pointer symbols. */
#include "named/wordnet_kinds.h"

const char *const data_i_wordnet_classes[DATA_I_WORDNET_CLASSES] = {
    "adj.all",          "adj.pert",           "adv.all",
    "noun.Tops",        "noun.act",           "noun.animal",
    "noun.artifact",    "noun.attribute",     "noun.body",
    "noun.cognition",   "noun.communication", "noun.event",
    "noun.feeling",     "noun.food",          "noun.group",
    "noun.location",    "noun.motive",        "noun.object",
    "noun.person",      "noun.phenomenon",    "noun.plant",
    "noun.possession",  "noun.process",       "noun.quantity",
    "noun.relation",    "noun.shape",         "noun.state",
    "noun.substance",   "noun.time",          "verb.body",
    "verb.change",      "verb.cognition",     "verb.communication",
    "verb.competition", "verb.consumption",   "verb.contact",
    "verb.creation",    "verb.emotion",       "verb.motion",
    "verb.perception",  "verb.possession",    "verb.social",
    "verb.stative",     "verb.weather",       "adj.ppl",
};

const data_i_wordnet_kind data_i_wordnet_kinds[DATA_I_WORDNET_KINDS] = {
    {"@", "hypernym", 1},
    {"~", "hyponym", 0},
    {"@i", "instance hypernym", 3},
    {"~i", "instance hyponym", 2},
    {"#m", "member holonym", 5},
    {"%m", "member meronym", 4},
    {"#s", "substance holonym", 7},
    {"%s", "substance meronym", 6},
    {"#p", "part holonym", 9},
    {"%p", "part meronym", 8},
    {";c", "topic", 11},
    {"-c", "member of topic", 10},
    {";r", "region", 13},
    {"-r", "member of region", 12},
    {";u", "usage", 15},
    {"-u", "member of usage", 14},
    {"!", "antonym", 16},
    {"=", "attribute", 17},
    {"+", "derivation", 18},
    {"^", "also see", 19},
    {"$", "verb group", 20},
    {"&", "similar to", 21},
    {"*", "entailment", 23},
    {"", "entailed by", 22},
    {">", "cause", 25},
    {"", "caused by", 24},
    {"<", "participle of", 27},
    {"", "has participle", 26},
    {"\\", "pertainym", 29},
    {"", "has pertaining", 28},
};

int data_i_wordnet_kind_of(data_i_field symbol) {
    for (int i = 0; symbol.length > 0 && i < DATA_I_WORDNET_KINDS; i++)
        if (data_i_field_is(symbol, data_i_wordnet_kinds[i].symbol)) return i;
    return -1;
}
