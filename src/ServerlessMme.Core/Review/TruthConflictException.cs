using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Truth;

namespace ServerlessMme.Core.Review;

/// <summary>Two people chose different labels for one image. The first label stays.</summary>
public sealed class TruthConflictException(string image, CorrectLabel stored)
    : Exception($"{(stored.By is null ? "Somebody" : $"'{Printable.Text(stored.By)}'")} labeled "
        + $"'{Printable.Text(image)}' as '{Printable.Text(stored.Label)}' in the meantime, and that label stays. "
        + "'mme truth set' replaces it.");
