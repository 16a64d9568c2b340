/* Deciding: the rules' points and the learned judge's opinion of one text, as far as the verdict goes; see `weigh.py`.

   Sums may be made in another order than the twins make them: what comes close to a limit is left to them. */

#include <math.h>
#include <string.h>

#include "kernel.h"

#define NEAR_BY 20
#define MANY 3
#define OBJECT 0xE200
#define NO_OBJECT (OBJECT + 31)
#define SHORTEST_TALK 16
#define MARGIN 0.06 /* points: scores are rounded to tenths, which moves them by half of one */
#define GROUPS 63

/* What the learned judge is told of the context: bits of groups, and the first cue of each. */
typedef struct {
    int64_t said, several, near, first[GROUPS];
} Groups;

/* What counts, or what might: numbers of candidates in text order. */
typedef struct {
    int16_t numbers[MOST_JUDGED];
    int64_t count;
    int hits; /* they count */
} Chosen;

/* Points of the learned judge and of the rules. */
typedef struct {
    double named, rules;
    int banned; /* gear that speaks for itself */
} Sum;

/* Tell whether the first candidate is chosen before the second where both cannot stand. */
static int comes_first(const Case *c, const Candidate *a, const Candidate *b) {
    const Entry *left = c->r->entries + a->entry, *right = c->r->entries + b->entry;
    int64_t size = a->to - a->from, other = b->to - b->from;
    int plain = is_of(c, PLAIN, a), also = is_of(c, PLAIN, b);
    if (size != other) return size > other;
    if (plain != also) return plain;
    if (left->strength != right->strength) return left->strength > right->strength;
    if (left->severity != right->severity) return left->severity > right->severity;
    return a->start < b->start;
}

static int overlaps(const Case *c, const Chosen *chosen, const Candidate *one) {
    for (int64_t by = 0; by < chosen->count; by++) {
        const Candidate *other = c->all + chosen->numbers[by];
        if (one->from < other->to && other->from < one->to) return 1;
    }
    return 0;
}

/* Choose the candidates of a state without overlaps. */
static void choose(const Case *c, int state, Chosen *chosen) {
    int16_t order[MOST_JUDGED];
    int64_t count = 0, to;
    chosen->count = 0, chosen->hits = state == COUNTS;
    for (int64_t at = 0; at < c->count; at++) {
        if (c->all[at].state != state) continue;
        for (to = count++; to && comes_first(c, c->all + at, c->all + order[to - 1]); to--) order[to] = order[to - 1];
        order[to] = (int16_t)at;
    }
    for (int64_t at = 0; at < count; at++) {
        const Candidate *one = c->all + order[at];
        if (overlaps(c, chosen, one)) continue;
        int16_t *numbers = chosen->numbers;
        for (to = chosen->count++; to && c->all[numbers[to - 1]].from > one->from; to--) numbers[to] = numbers[to - 1];
        numbers[to] = order[at];
    }
}

/* Take from cues that lie in hits the groups of which these say nothing. */
static void leave_out(Case *c, const Chosen *hits) {
    for (int64_t at = 0; at < c->seen->nearby_count; at++) {
        Context *cue = c->seen->nearby + at;
        for (int64_t by = 0; by < hits->count; by++) {
            const Candidate *hit = c->all + hits->numbers[by];
            if (hit->low <= cue->start && cue->start < hit->high) cue->groups &= c->r->sets[FORM];
        }
    }
}

/* Count in `open` for each character the subjects that it is near to; tell whether what is before the text is near. */
static int open_zones(const Case *c, const Chosen *hits, int32_t *open) {
    int64_t size = c->f->size, many = hits->count ? hits->count : c->count;
    int outside = 0;
    memset(open, 0, (size_t)(size + 1) * sizeof *open);
    for (int64_t at = 0; at < many; at++) {
        const Candidate *one = c->all + (hits->count ? hits->numbers[at] : at);
        if (!hits->count && one->state != LACKS_CONTEXT && one->state != ANCHOR) continue;
        open[at_most(at_least(one->start - NEAR_BY, 0), size)]++, open[at_most(one->end + NEAR_BY, size)]--;
        outside |= one->start - NEAR_BY < -1;
    }
    for (int64_t at = 1; at <= size; at++) open[at] += open[at - 1];
    return outside;
}

static void add_cue(const Case *c, int64_t number, int near, Groups *groups) {
    const Context *cue = c->seen->nearby + number;
    int64_t bits = cue->groups;
    for (int group = 0; bits; group++, bits >>= 1) {
        int64_t bit = (int64_t)1 << group;
        if (!(bits & 1)) continue;
        if (!(groups->said & bit)) groups->first[group] = number;
        const Context *first = c->seen->nearby + groups->first[group];
        if (!(groups->several & bit) && !wd_is_same(c->f, first->start, first->end, cue->start, cue->end)) groups->several |= bit;
        groups->said |= bit;
        groups->near |= near ? bit : 0;
    }
}

static void read_groups(const Case *c, const Chosen *hits, Groups *groups) {
    int32_t *open = (int32_t *)c->w->keys;
    int outside = open_zones(c, hits, open);
    int64_t offered = (int64_t)1 << c->r->sets[G_OFFERED];
    memset(groups, 0, sizeof *groups);
    for (int64_t at = 0; at < c->seen->nearby_count; at++) {
        const Context *cue = c->seen->nearby + at;
        int near = 0;
        for (int64_t place = cue->start; place < cue->end && !near; place++) near = open[place] > 0;
        add_cue(c, at, near, groups);
    }
    if (!c->seen->offered) return;
    groups->said |= offered;
    groups->near |= outside ? offered : 0;
}

static void weigh_context(const Case *c, const Groups *groups, Sum *sum) {
    const Rules *r = c->r;
    int64_t once = (int64_t)1 << r->sets[G_ATTACHED];
    for (int group = 0; group < GROUPS; group++) {
        int64_t bit = (int64_t)1 << group;
        if (!(groups->said & bit)) continue;
        sum->named += r->cue[group] + (groups->several & bit ? r->cues[group] : 0.0) + (groups->near & bit ? r->near[group] : 0.0);
        sum->rules += groups->several & bit & ~once ? r->worth_twice[group] : r->worth[group];
    }
    if (groups->said & r->sets[TRADE]) return;
    sum->named += r->points[P_UNTRADED];
    sum->rules += sum->banned ? 0.0 : r->points[R_UNTRADED];
}

/* Return the points of one of a sort, of which only the first counts. */
static double once(int64_t *seen, int number, double points) {
    int64_t bit = (int64_t)1 << number, again = *seen & bit;
    *seen |= bit;
    return again ? 0.0 : points;
}

static int32_t id_of(const Case *c, const Chosen *hits, int64_t at) {
    return c->r->entries[c->all[hits->numbers[at]].entry].id;
}

/* Return how many different entries the hits are of. */
static int64_t different(const Case *c, const Chosen *hits) {
    int64_t found = 0;
    for (int64_t at = 0; at < hits->count; at++) {
        int again = 0;
        for (int64_t by = 0; by < at && !again; by++) again = id_of(c, hits, by) == id_of(c, hits, at);
        found += !again;
    }
    return found;
}

/* Add the points of what the hits are, one of each sort; tell whether all are written plainly. */
static int weigh_sorts(const Case *c, const Chosen *hits, Sum *sum) {
    int64_t kinds = 0, categories = 0, channels = 0;
    int common = 0, plain = 1;
    for (int64_t at = 0; at < hits->count; at++) {
        const Candidate *one = c->all + hits->numbers[at];
        const Entry *entry = c->r->entries + one->entry;
        sum->named += once(&kinds, entry->kind, c->r->kind[entry->kind]);
        sum->named += once(&categories, entry->category, c->r->category[entry->category]);
        sum->named += once(&channels, one->channel, c->r->channel[one->channel]);
        common |= entry->common, sum->banned |= one->unlawful, plain &= is_of(c, PLAIN, one);
    }
    sum->named += (common ? c->r->points[P_COMMON] : 0.0) + (sum->banned ? c->r->points[P_UNLAWFUL] : 0.0);
    return plain;
}

static void weigh_hits(const Case *c, const Chosen *hits, Sum *sum) {
    const double *p = c->r->points;
    int64_t others = different(c, hits);
    int strength = 0, severity = 0, plain = weigh_sorts(c, hits, sum);
    for (int64_t at = 0; at < hits->count; at++) {
        const Entry *entry = c->r->entries + c->all[hits->numbers[at]].entry;
        if (entry->strength < strength || (entry->strength == strength && entry->severity <= severity)) continue;
        strength = entry->strength, severity = entry->severity;
    }
    sum->named += p[P_STRENGTH + strength] + p[P_SEVERITY + severity] + (plain ? p[P_PLAIN] : 0.0);
    sum->named += p[P_OBJECTS] * (double)at_most(others, MANY) / MANY;
    sum->rules += p[R_BASE + strength] + (severity > 1 ? p[R_SEVERITY] * (severity - 1) : 0.0) + (plain ? 0.0 : p[R_DISGUISED]);
    sum->rules += p[R_FURTHER] * (double)at_most(others - 1, c->r->sets[FURTHER_LIMIT]) + (sum->banned ? p[R_UNLAWFUL] : 0.0);
}

/* Return how many different wordings there are, `MANY` at most. */
static int64_t wordings(const Case *c) {
    const Candidate *found[MANY];
    int64_t count = 0;
    for (int64_t at = 0; at < c->count && count < MANY; at++) {
        const Candidate *one = c->all + at;
        int again = one->state != ANCHOR;
        for (int64_t by = 0; by < count && !again; by++) again = wd_is_same(c->f, one->start, one->end, found[by]->start, found[by]->end);
        if (!again) found[count++] = one;
    }
    return count;
}

/* Return the learned judge's points of what does not count. */
static double weigh_dropped(const Case *c) {
    int64_t seen = 0;
    double points = c->r->points[P_ANCHORS] * (double)wordings(c) / MANY;
    for (int64_t at = 0; at < c->count; at++)
        if (c->all[at].state < REASONS) points += once(&seen, c->all[at].state, c->r->points[P_DROPPED + c->all[at].state]);
    return points;
}

static double worth_of(const Tables *t, int64_t total, int64_t grams) {
    return (double)total * t->step * (t->evidence_length / sqrt((double)(grams + FEW_GRAMS)));
}

/* Return the learned judge's points of the wording; where they are less than `below`, what they are at most. */
static double weigh_wording(const Case *c, const Chosen *chosen, double below) {
    Place places[MOST_JUDGED];
    int64_t size, total;
    double most;
    for (int64_t at = 0; at < chosen->count; at++) {
        const Candidate *one = c->all + chosen->numbers[at];
        int code = chosen->hits ? OBJECT + c->r->entries[one->entry].category : one->channel == CONTEXT ? 0 : NO_OBJECT;
        places[at] = (Place){one->low, one->high, one->low < one->high ? code : 0};
    }
    total = wd_weigh(c->t, c->w, c->f, places, chosen->count, &size);
    most = worth_of(c->t, total, total < 0 ? wd_grams_of(size) : 0); /* repeated ones count once: there may be fewer */
    return most < below ? most : worth_of(c->t, total, wd_different(c->w, c->w->shown, size));
}

static int is_close(double points, double limit) { return fabs(points - limit) < MARGIN; }

/* Return what is to be told where nothing is worth a mention. */
static int nothing(const Case *c) {
    for (int64_t at = 0; at < c->count; at++)
        if (c->all[at].state < ANCHOR) return TOLD;
    return NOTHING;
}

/* Return the verdict on these points; `permit`: a paper is spoken of. */
static int verdict(const Case *c, double points, int hits, int permit) {
    double review = c->r->points[R_REVIEW], alert = c->r->points[R_ALERT];
    if (is_close(points, review) || is_close(points, alert)) return CLOSELY;
    if (points > alert && !permit) return ALERT;
    return points > review ? REVIEW : hits ? MENTION : nothing(c);
}

/* Tell whether one of the hits sounds like its entry and is a word of it that is no pattern: the twins know those. */
static int is_odd(const Case *c, const Chosen *hits) {
    const Words *words = c->r->lists + UNWRITTEN;
    for (int64_t at = 0; at < hits->count; at++) {
        const Candidate *one = c->all + hits->numbers[at];
        int64_t size = one->end - one->start;
        if (!one->heard || !c->r->entries[one->entry].odd) continue;
        for (int64_t number = 0; number < words->count; number++)
            if (wd_word(words, number, c->f->codes + one->start, size) == size) return 1;
    }
    return 0;
}

/* Return the verdict on a text whose candidates have their states, or `CLOSELY`. */
int wd_decide(Case *c) {
    const double *p = c->r->points;
    Chosen chosen;
    Groups groups;
    Sum sum = {p[P_BIAS] + weigh_dropped(c), 0.0, 0};
    int64_t attached = (int64_t)1 << c->r->sets[G_ATTACHED];
    choose(c, COUNTS, &chosen);
    if (is_odd(c, &chosen)) return CLOSELY;
    if (c->verb.end) c->seen->nearby[c->seen->nearby_count++] = (Context){c->verb.start, c->verb.end, attached, 0};
    leave_out(c, &chosen);
    read_groups(c, &chosen, &groups);
    if (chosen.count) weigh_hits(c, &chosen, &sum);
    weigh_context(c, &groups, &sum);
    if (chosen.count) {
        if (c->f->size <= SHORTEST_TALK && sum.rules > p[R_REVIEW] - MARGIN) return CLOSELY;
        sum.named += p[P_PER_POINT] * sum.rules;
    } else {
        sum.named += p[P_NOTHING];
        choose(c, LACKS_CONTEXT, &chosen);
        if (!chosen.count) choose(c, ANCHOR, &chosen);
        if (!chosen.count) return nothing(c);
    }
    sum.named += weigh_wording(c, &chosen, p[R_REVIEW] - MARGIN - sum.named);
    return verdict(c, sum.named, chosen.hits, groups.said >> c->r->sets[G_PERMIT] & 1);
}
