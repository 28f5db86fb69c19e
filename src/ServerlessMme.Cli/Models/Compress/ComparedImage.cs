using ServerlessMme.Core.Failures;

namespace ServerlessMme.Cli.Models.Compress;

/// <summary>The answers of a model and its compressed copy for an image.</summary>
/// <param name="Before">Index of the model's best label.</param>
/// <param name="After">Index of the copy's best label.</param>
/// <param name="IsSame">True if the label, or the set of labels, is the same.</param>
/// <param name="Difference">Largest difference between two scores of a label.</param>
/// <param name="Refusal">Why the model has no answer; null if it has one.</param>
/// <param name="CopyRefusal">Why only the copy has no answer; null if it has one, or if neither has.</param>
internal sealed record ComparedImage(
    string Name, int Before, int After, bool IsSame, float Difference, Refusal? Refusal, Refusal? CopyRefusal)
{
    public bool IsAnswered => Refusal is null && CopyRefusal is null;

    public static ComparedImage Refused(string name, Refusal refusal) =>
        new(name, 0, 0, IsSame: false, 0, refusal, null);

    public static ComparedImage Unanswered(string name, Refusal refusal) =>
        new(name, 0, 0, IsSame: false, 0, null, refusal);

    /// <summary>Adds the answers for the same image in a batch. Keeps the best labels of the image alone.</summary>
    public ComparedImage With(ComparedImage together) =>
        !IsAnswered ? this
        : !together.IsAnswered ? together
        : this with
        {
            IsSame = IsSame && together.IsSame,
            Difference = Math.Max(Difference, together.Difference),
        };
}
