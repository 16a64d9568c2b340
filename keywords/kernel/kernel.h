/* What the parts of the kernel share: their tables, their memory, the tries, and what they ask of each other.

   The kernel is an optional twin of the Python around it: what it tells they tell alike, and whatever it is not sure of
   it leaves to them. It allocates nothing: all memory comes from the caller with its size, all numbers in the tables
   come from `trie.c` or are made by the caller, and all characters are below CODE_POINTS. Built with any C99 compiler:
   cc -O2 -shared -fPIC *.c -lm */

#ifndef WD_KERNEL_H
#define WD_KERNEL_H

#include <stdint.h>

#define CODE_POINTS 0x110000
#define JUNK 0         /* letters with a meaning: a character to drop, */
#define PICTURE 1      /* an emoji that can stand for a character, */
#define OTHER 65535    /* any that is in no word and has no syllable */
#define GOLDEN 0x9E3779B97F4A7C15u
#define PAIR_BITS 20   /* of the number of two letters, at most: 128 kilobytes, mostly empty, that stay in the cache */
#define THREE_BITS 20  /* of the number of three letters, at most */
#define EDGE_BITS 20   /* of the number of a node and a letter, at most */
#define NODE_BITS 24   /* of a node with what is known of it */
#define NODE 0x3FFFFFu
#define WORD_HERE 0x400000u
#define GOES_ON 0x800000u
#ifdef __GNUC__ /* memory is slow: ask for what is needed soon */
#define FETCH(place) __builtin_prefetch(place)
#else
#define FETCH(place) (void)(place)
#endif
#define LONGEST_PINYIN_WORD 5 /* the numbers from here on are those of the twins */
#define REACH 160
#define FEW_GRAMS 30
#define MOST_SAID 1024      /* wordings of a text whose overlaps are told apart here */
#define MOST_COVERS 256     /* ordinary words of a text that hide others */
#define MOST_JUDGED 1024    /* candidates of a text that is judged here */
#define LONGEST_JUDGED 6000 /* folded characters of such a text */
#define MOST_STRETCHES 24   /* of such a text: each is longer than twice REACH, and no two touch */
#define MOST_NUMBERS 4      /* cues that are read from the numbers of a stretch */
#define BANNED 128          /* of a kit's part: gear that speaks for itself */
#define UNSURE (-1)         /* an answer: the twins are to be asked */

/* What is known of a text; see `look.py`. */
enum { NOTHING, TOLD, MENTION, REVIEW, ALERT, UNREADY, CLOSELY, ASK, REFUSED };
/* What a pattern can be; see `match.py`. */
enum { NAMED = 1, SAID = 2, PART = 4, COVER = 8, WRITING = 64 };
enum { STATUS, SIZE, PICTURED, KIND, FOUND, HEARD, SPOKEN, COLUMNS };
enum { OFFERED = 1, UNJUDGED = 2 }; /* what is asked about a text */

typedef struct {
    uint64_t *slots;         /* node and letter -> node and what is known of it, open addressing */
    uint32_t *first;         /* letter -> the same */
    int32_t *words;          /* node -> number of the word that ends there, from 1 */
    uint64_t *pairs, *twos;  /* bits: of two letters at the beginning of a word, and of those that are one, */
    uint64_t *threes;        /* of three letters at the beginning of a word, */
    uint64_t *edges;         /* of a node and a letter further on than the second */
    uint64_t shift, mask, bit_mask; /* of slots; of bits but the first ones */
} Trie;

typedef struct {
    double evidence;
    int64_t groups, hides; /* bits of the context groups that the word is of, and of those in which it hides others */
    int32_t pattern;       /* number, -1: none */
    uint8_t kind, ordinary, digits, unused;
} Word;

/* The folded character, its syllable (0: none), whether it is kept, and whether it is a picture. */
typedef struct { uint32_t code; uint16_t sound; uint8_t kept, pictured; } Letter;
typedef struct { int32_t start, end, number; } Place;
typedef struct { int32_t entry; uint8_t channel, gated, unlawful, unused; } Meaning;

typedef struct {
    int64_t requires, wanted; /* groups of which one is needed; with those that speak of an offer */
    int64_t near, near_end;   /* numbers of its excluding words in NEAR_WORDS */
    int32_t id;               /* the same for entries of the same name */
    uint8_t strength, severity, kind, category, any_trade, common, thing, odd;
} Entry;

/* What makes a device of harmless parts. */
typedef struct {
    int64_t requires, near, near_end; /* groups of which one is needed; numbers of its excluding words in NEAR_WORDS */
    int32_t entry, within;            /* characters from the first part to the last */
} Kit;

/* Lists of words that the rules know, in the order of `rules.py`. */
enum {
    NEAR_WORDS, SUFFIXES, SUFFIX_UNLESS, BRANDS, BRAND_UNLESS, LIKE_AFTER, GOODS, LIKE_BEFORE, TRAPPED, DENIALS, GAP_STOPS,
    VERBS_BEFORE, VERBS_AFTER, MODIFIERS, BEFORE, BETWEEN, OFFER_SUFFIXES, MIDDLE, AFTER, FREE_LEFT, FREE_RIGHT, UNWRITTEN, LISTS
};
/* Sets of groups and of channels as bits, then numbers of groups, and one more, in the same order. */
enum {
    TRADE, TEXT_CUES, OBJECT_CUES, SURE, FORM, WANTED_CHANNELS, PLAIN, ACCIDENTAL, CUT,
    G_PRICE, G_QUANTITY, G_CONTACT, G_FIGURE, G_OFFERED, G_ATTACHED, G_PERMIT, FURTHER_LIMIT, SETS
};
enum { EXACT, WIDTH, VARIANT, INSERTED, CONTEXT, EMOJI, CODEWORD, PINYIN, HOMOPHONE, KIT };
/* Why a candidate does not count, in the order of `select.Reason`; not asked yet; it counts; it is no matter. */
enum { COVERED, LACKS_CONTEXT, NEAR, BOUNDARY, EXCUSED, ANCHOR, REASONS, WAITS = REASONS, COUNTS, GONE };
/* Points of the learned judge's named features, and of the rules, in the order of `rules.py`. */
enum {
    P_BIAS, P_PER_POINT, P_NOTHING, P_OBJECTS, P_COMMON, P_UNLAWFUL, P_PLAIN, P_ANCHORS, P_UNTRADED, P_DROPPED,
    P_STRENGTH = P_DROPPED + REASONS, P_SEVERITY = P_STRENGTH + 3, R_BASE = P_SEVERITY + 8, R_FURTHER = R_BASE + 3,
    R_DISGUISED, R_SEVERITY, R_UNLAWFUL, R_UNTRADED, R_REVIEW, R_ALERT, POINTS
};

/* Words, and bits of the characters that they begin and end with, of which several share one. */
typedef struct { const int64_t *ends; const uint32_t *codes; int64_t count; uint64_t firsts[4], lasts[4]; } Words;

typedef struct {
    Trie dictionary;         /* jieba's, by characters */
    const double *weights;   /* by word there: logarithm of its share */
    double alone;            /* the same of a character that is no word */
    const int64_t *meanings; /* by pattern: first of its meanings */
    const Meaning *meaning;
    const Entry *entries;
    const Kit *kits;
    Words lists[LISTS];
    const int64_t *sets;
    const double *points;
    const double *cue, *cues, *near, *worth, *worth_twice; /* by group */
    const double *kind, *category, *channel;
} Rules;

typedef struct {
    Trie words, spoken, drawn; /* drawn: writings that take an emoji for a character */
    const uint16_t *letter;            /* by character: JUNK, PICTURE, or a number for the folded one */
    const uint32_t *fold;              /* by character, for OTHER letters and for emoji: the folded one */
    const Letter *known_as;            /* by letter */
    const Word *word;                  /* by node */
    const int64_t *terms, *term_codes; /* by spoken word: first term; by term: first code */
    const uint32_t *codes;
    const int32_t *entries;
    const int64_t *parts;              /* by pattern: first of its roles */
    const int32_t *roles;              /* kit << 8 | BANNED | kind of part */
    const int32_t *at_least;           /* by kit */
    const uint64_t *known;             /* bits: which n-grams are in the table */
    const uint32_t *moved;             /* by 64 n-grams: where the first of them is, or would be, among the known ones */
    const int8_t *grams;               /* what the known ones are worth */
    const double *said;                /* by group: points at most */
    const Rules *rules;                /* 0: not there yet */
    double step, evidence_length, base, offered, told, limit;
    int64_t kits, settles, first_drawn; /* pattern number of the first of `drawn`; 0: there are none */
    int64_t first_joined; /* letters from here on are no word by themselves */
} Tables;

typedef struct { int64_t start, end, groups, hides; } Context;

typedef struct {
    uint32_t *codes;
    int64_t *places;
    uint16_t *letters, *sounds;
    uint32_t *shown, *keys; /* four keys for each character, and one more */
    uint32_t *seen;         /* n-grams, a power of two of them, eight at least for each character */
    int8_t *left;           /* what the known n-grams are worth that were not yet met; between two texts that is all */
    uint64_t *kinds;        /* by kit: bits of parts */
    Place *found, *heard, *spoken; /* patterns, sounds, wordings */
    Context *nearby;
    int64_t *rows;
    double *evidence;
    int64_t room, most_places; /* characters; of each kind of place */
} Work;

typedef struct {
    const uint32_t *text, *codes;
    const int64_t *places;
    const uint16_t *letters;
    int64_t size, length; /* folded characters, original ones */
} Folded;

typedef struct {
    int32_t start, end, entry;
    uint8_t channel, gated, heard, unlawful, state, drawn; /* drawn: start and end are of the text with its emoji */
    int32_t low, high;  /* the same place in the text without them */
    int32_t from, to;   /* and in the original */
} Candidate;

typedef struct { int64_t low, high; } Stretch;

/* What was seen in one text. */
typedef struct {
    Place *found, *heard, *spoken;
    Context *nearby; /* context words, later on the cues that they are */
    int64_t found_count, heard_count, spoken_count, nearby_count, groups;
    int offered;
} Sighted;

/* One text while it is judged. */
typedef struct {
    const Tables *t;
    Work *w;
    const Folded *f, *drawn; /* without emoji; with emoji as characters, 0: there are none */
    const Rules *r;
    Sighted *seen;
    Candidate *all;
    int64_t count;
    Place *covers;
    int64_t cover_count;
    Stretch stretches[MOST_STRETCHES];
    int64_t stretch_count;
    int64_t said; /* bits of the groups of all cues */
    Place verb;   /* the first beside what counts; end 0: none */
} Case;

static inline uint64_t bit_of_pair(const Trie *trie, uint32_t pair) {
    return (pair * 0x9E3779B1u) >> (32 - PAIR_BITS) & trie->bit_mask;
}

static inline uint64_t pair_of(const Trie *trie, uint32_t a, uint32_t b) { return bit_of_pair(trie, a << 16 | b); }

static inline uint64_t three_of(const Trie *trie, uint32_t a, uint32_t b, uint32_t c) {
    return ((uint64_t)a << 32 | (uint64_t)b << 16 | c) * GOLDEN >> (64 - THREE_BITS) & trie->bit_mask;
}

static inline uint64_t edge_of(const Trie *trie, uint64_t key) { return key * GOLDEN >> (64 - EDGE_BITS) & trie->bit_mask; }

static inline int has(const uint64_t *bits, uint64_t number) { return bits[number >> 6] >> (number & 63) & 1; }

static inline int begins(const Trie *trie, uint32_t a, uint32_t b) { return has(trie->pairs, pair_of(trie, a, b)); }

/* Tell whether two letters at the beginning of a word are one, or a third one may follow. */
static inline int goes_on(const Trie *trie, uint32_t a, uint32_t b, uint32_t c) {
    return has(trie->twos, pair_of(trie, a, b)) | has(trie->threes, three_of(trie, a, b, c));
}

/* Return where the child of a node is, or the free place where it would be. */
static inline uint64_t *slot_of(const Trie *trie, uint64_t key) {
    uint64_t at = key * GOLDEN >> trie->shift;
    while (trie->slots[at] && trie->slots[at] >> NODE_BITS != key) at = (at + 1) & trie->mask;
    return trie->slots + at;
}

static inline uint64_t key_of(uint32_t node, uint32_t letter) { return (uint64_t)(node & NODE) << 16 | letter; }

/* Return the node after the first two letters of a word, or after more; 0: there is none. */
static inline uint32_t second(const Trie *trie, uint32_t node, uint32_t a, uint32_t b) {
    if (!(node & GOES_ON) || !begins(trie, a, b)) return 0;
    return *slot_of(trie, key_of(node, b)) & ((1 << NODE_BITS) - 1);
}

static inline uint32_t further(const Trie *trie, uint32_t node, uint32_t letter) {
    uint64_t key = key_of(node, letter);
    if (!(node & GOES_ON) || !has(trie->edges, edge_of(trie, key))) return 0;
    return *slot_of(trie, key) & ((1 << NODE_BITS) - 1);
}

static inline uint32_t sort_of(uint32_t code) { return (code ^ code >> 8) & 255; }

/* Tell whether a word of a list may begin these characters. */
static inline int may_start(const Words *list, const uint32_t *codes, int64_t size) {
    return size < 1 || has(list->firsts, sort_of(codes[0]));
}

static inline int is_digit(uint32_t c) { return c - '0' < 10; }
static inline int is_small(uint32_t c) { return c - 'a' < 26; }
static inline int is_latin(uint32_t c) { return (c | 32) - 'a' < 26; }
static inline int64_t at_least(int64_t a, int64_t b) { return a > b ? a : b; }
static inline int64_t at_most(int64_t a, int64_t b) { return a < b ? a : b; }

static inline int is_tight(const Folded *f, int64_t start, int64_t end) {
    return f->places[end - 1] - f->places[start] == end - start - 1;
}

static inline const Folded *folded_of(const Case *c, const Candidate *one) { return one->drawn ? c->drawn : c->f; }

static inline int64_t length_of(const Folded *f, int64_t start, int64_t end) { return f->places[end - 1] - f->places[start]; }

static inline int is_of(const Case *c, int set, const Candidate *one) { return c->r->sets[set] >> one->channel & 1; }

/* piece.c */
int wd_is_one_word(const Folded *f, int64_t start, int64_t end);
int wd_is_whole(const Folded *f, Place p);
int wd_is_hidden(int64_t start, int64_t end, const Place *covers, int64_t count);
int wd_is_same(const Folded *f, int64_t start, int64_t end, int64_t other, int64_t other_end);
void wd_sort_by_end(Place *places, int64_t count);
/* hear.c */
int64_t wd_listen(const Tables *t, const Work *w, const Folded *f, Place *heard, int64_t room);
/* talk.c */
int64_t wd_dense(Place *said, double *evidence, int64_t count);
int64_t wd_longest_said(const Folded *f, Place *said, int64_t count);
int wd_may_reach(const Case *c, const Place *said, int64_t count, int told);
/* wording.c */
int64_t wd_weigh(const Tables *t, Work *w, const Folded *f, const Place *places, int64_t count, int64_t *size);
int64_t wd_grams_of(int64_t size);
int64_t wd_different(Work *w, const uint32_t *codes, int64_t size);
/* numbers.c */
int64_t wd_numbers(const uint32_t *codes, int64_t size, const int64_t *sets, Context *cues);
/* cut.c */
enum { OWN_WORD, INSIDE, ACROSS };
int wd_is_known(const Rules *r, const uint32_t *codes, int64_t size);
int wd_cut(const Rules *r, const uint32_t *codes, int64_t size, int64_t start, int64_t end);
/* lists.c */
int64_t wd_word(const Words *list, int64_t number, const uint32_t *codes, int64_t size);
int wd_is_in(const Words *list, uint32_t code);
int wd_starts(const Words *list, const uint32_t *codes, int64_t size);
int wd_ends(const Words *list, const uint32_t *codes, int64_t size);
int wd_holds(const Words *list, int64_t first, int64_t after, const uint32_t *codes, int64_t size);
/* beside.c */
int wd_offered(const Case *c, const Candidate *one, Place *verb);
int wd_excused(const Case *c, const Candidate *one);
/* context.c */
int wd_read_context(Case *c);
/* gate.c */
int wd_missing(const Case *c, const Candidate *one, int attached);
int wd_no_word(const Case *c, const Candidate *one);
/* kits.c */
int wd_are_complete(const Case *c);
int wd_add_kits(Case *c);
/* pictures.c */
int wd_draw(Case *c, Folded *drawn);
int64_t wd_place(const Folded *f, int64_t original);
/* select.c */
int wd_refined(const Folded *f, int channel, int64_t start, int64_t end);
int wd_add(Case *c, Place p, Meaning meaning, int heard, int drawn);
int64_t wd_collect(Case *c);
int wd_select(Case *c);
/* decide.c */
int wd_decide(Case *c);

#endif
