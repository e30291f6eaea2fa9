"""The words that steer how a sentence is read: cues, conditions, consequences.

Data only; `prose` says what they do. A word that makes a formula an assumption must be
unmistakable; a word that ends an assumption need not be.
"""

from __future__ import annotations


def word_set(words: str) -> frozenset[str]:
    """Return the words of a text as a set.

    Example:
        >>> sorted(word_set("let with"))
        ['let', 'with']
    """
    return frozenset(words.split())


# Every form of a cue, with the cue itself. To set, write, take or consider introduces a name too,
# and like *define* it assumes nothing about names that are known.
CUES = {
    form: cue
    for cue, forms in {
        "let": "let letting",
        "given": "given",
        "suppose": "suppose supposing",
        "assume": "assume assuming",
        "define": "define defining set setting put putting write writing introduce introducing "
        "consider considering take taking choose choosing minimise minimize minimising minimizing "
        "maximise maximize maximising maximizing",
        "denote": "denote denoting",
        "where": "where",
        "with": "with",
    }.items()
    for form in word_set(forms)
}
# These open a clause in the middle of a sentence as well: *the matrix is defined by*.
ANYWHERE = {"where": "where", "defined": "define", "denoted": "denote"}
CONDITIONS = word_set("if when unless whenever for provided")
# *For the loss L = …* names a thing, as *with* does; *for all x = …* is a condition.
NAMING = word_set("the this our")
# A display directly behind one of these is a condition.
DISPLAY_CONDITIONS = word_set("if when unless whenever")
# A clause that opens with one of these ends at a comma, unless a word of CONTINUES follows.
PREPOSITIONAL = word_set(
    "with given letting supposing assuming defining denoting setting putting writing introducing "
    "considering taking choosing"
)
CONTINUES = word_set("and or where with as respectively which")
HYPOTHETICAL = word_set("suppose assume")
# A name that is introduced is no condition, even in *if we let*.
INTRODUCING = word_set("let define denote")
# Behind a comma these open a new main clause.
NEW_SUBJECT = word_set(
    "the this that these those it its we our one there a an both by from since because as using"
)
# A cue may stand behind these at the opening of a sentence or clause.
ADVERBS = word_set("then therefore hence thus so consequently accordingly")
OPENERS = ADVERBS | word_set(
    "and but or now first firstly second secondly third thirdly next finally lastly here also "
    "moreover further furthermore again likewise similarly additionally we us i one can may will "
    "shall must could do please just let's throughout"
)
SUBJECTS = word_set("we us and also now then next can may will shall again")
# *The predicted covariance is P = …* says what the new letter P stands for, as *let* does; *the
# gradient is g = …* claims something that a formula can say (`\nabla f = …`), and gives nothing.
DETERMINERS = word_set("the a an our its this each")
NAMES_AS = word_set("is are reads equals")
CLAIMED = word_set(
    "gradient gradients derivative derivatives jacobian jacobians hessian hessians differential "
    "differentials slope slopes sensitivity inverse inverses transpose trace determinant eigenvalue "
    "eigenvalues solution solutions minimizer minimiser maximizer maximiser minimum maximum optimum "
    "optimal estimator estimate answer result conclusion condition conditions equation equations "
    "identity rule product sum difference square expansion stationary critical not same"
)
# No noun, so nothing that the formula behind it could be the name of.
NO_NOUNS = word_set(
    "is are was were be been has have had do does not that which who whose of for in if when unless "
    "whenever provided to by as from with at on into onto over under and or than so then but because "
    "since while where both either neither all every any some only also thus hence therefore case "
    "fact claim relation constraint assumption hypothesis property law formula"
)
# An equation directly behind one of these says where something is taken: *setting $x = 0$*. So does
# one behind *at*, or *at* and words of PLACES: *at the point $x = 0$*.
EVALUATING = word_set(
    "set setting put putting take taking choose choosing substitute substituting insert inserting"
)
PLACES = DETERMINERS | word_set(
    "point points optimum minimum maximum minimiser minimizer maximiser maximizer solution value "
    "values origin update estimate estimator step iterate equilibrium parameter parameters input "
    "unique optimal stationary critical current fixed time"
)
# What follows is claimed, not given.
CONSEQUENCES = ADVERBS | word_set(
    "whence thereby because since using get gets obtain obtains find finds see conclude concludes "
    "deduce derive derives show shows prove proves compute computes know gives give giving yields "
    "yield yielding implies imply implying follows follow leads lead becomes become becoming means "
    "equals equal recover recovers arrive arrives reads read turns simplifies results verify "
    "verifies check checks makes"
)
# So is what follows these, behind a word of OWNERS: *we have*, *one then has*.
OWNED = word_set("have has")
OWNERS = word_set("we one you then therefore hence thus also now again immediately so")
# These end a condition that opened with *for*: *the gradient for x is*.
COPULAS = word_set("is are was were holds hold be vanishes vanish")
# A sentence with one of these asks for what the display behind it states.
REQUESTS = word_set("show prove verify establish derive deduce")
DISCLAIMERS = {
    ("in", "general"),
    ("need", "not"),
    ("needs", "not"),
    ("not", "always"),
    ("not", "necessarily"),
}
# What the clause states is said not to hold: by one word, or by two in a row.
DENIALS = word_set("false untrue incorrect wrong invalid fails")
DENIAL_PAIRS = DISCLAIMERS - {("in", "general")} | {
    (first, second)
    for first in word_set("not doesn't don't isn't cannot can't longer")
    for second in word_set("true hold holds correct valid equal")
}
# Another clause, of which another one's denial says nothing.
CONTRASTS = word_set("but while whereas although though however yet only still")
# Words that say more of a thing than that it exists; behind a cue or a condition, what they say of a
# known name must be understood, or nothing about that name is refuted.
RESTRICTIONS = word_set(
    "symmetric antisymmetric skew-symmetric orthogonal orthonormal unitary diagonal triangular "
    "invertible nonsingular non-singular singular idempotent nilpotent involutory stochastic toeplitz "
    "circulant definite semidefinite semi-definite commute commutes kernel nullspace eigenvector "
    "rank-one nonzero non-zero distinct convex concave nonnegative non-negative nonpositive negative "
    "normalized normalised binary one-hot"
)
RESTRICTION_PAIRS = {
    ("unit", "vector"), ("unit", "vectors"), ("unit", "norm"), ("unit", "length"),
    ("null", "space"), ("full", "rank"), ("rank", "one"),
}  # fmt: skip
# Behind a cue these leave it open whether the equation in the clause holds.
DOUBTS = word_set(
    "not either or nor neither nothing if when unless only implies contradiction possible"
)
# *Setting $f'(t) = 0$*, *equating the gradient to zero*: what is sought, not what holds.
SEEKING = word_set("set setting put putting equate equating require requiring")
# Behind the key these words take its meaning away: *with respect to*, *for example*.
IDIOMS = {
    "with": word_set("respect regard reference probability"),
    "given": word_set("by in"),
    "for": word_set("example instance brevity convenience simplicity now short"),
    "set": word_set("of up out"),
}
