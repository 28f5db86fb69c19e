using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Truth;

namespace ServerlessMme.Core.Review;

/// <summary>Two people say different things about one image. What was stored first stays.</summary>
public sealed class TruthConflictException(string image, CorrectLabel stored)
    : Exception($"'{Printable.Text(stored.By ?? "Somebody")}' has labeled '{Printable.Text(image)}' as "
        + $"'{Printable.Text(stored.Label)}' meanwhile, and that stays. 'mme truth set' replaces it.");
