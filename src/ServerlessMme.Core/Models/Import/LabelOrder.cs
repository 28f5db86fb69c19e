namespace ServerlessMme.Core.Models.Import;

/// <summary>
/// Another order of the labels, in which the model's answers for each label's images would be right.
/// </summary>
/// <param name="Labels">For each of the model's scores, the index of the label that its answers suggest.</param>
/// <param name="Right">Number of images that would be right in this order.</param>
/// <param name="Known">Number of images with a label.</param>
public sealed record LabelOrder(IReadOnlyList<int> Labels, int Right, int Known)
{
    private const int LeastImagesPerLabel = 3;
    private const double LeastAgreement = 0.6;
    private const double NearlyAll = 0.85;

    // Guessing agrees with a given order for n images of k labels with a probability of k^-n.
    private const double LeastBits = 12;

    /// <summary>True if nearly all answers would be right in this order.</summary>
    public bool ExplainsNearlyAll => Right >= Known * NearlyAll;

    /// <summary>
    /// Finds the order from each label's most frequent answer. Returns null if the labels are already in this order,
    /// if two labels have the same most frequent answer, or if there are too few images.
    /// </summary>
    /// <param name="answers">
    /// For each image, the index of its label, and the index of its best score; null if it has no scores.
    /// </param>
    /// <param name="labels">Number of labels. Labels without images keep their places.</param>
    internal static LabelOrder? Find(IReadOnlyList<(int Truth, int? Best)> answers, int labels)
    {
        var order = Enumerable.Range(0, labels).ToArray();
        var right = 0;
        var groups = answers.GroupBy(answer => answer.Truth).ToList();
        if (answers.Count * Math.Log2(Math.Max(1, groups.Count)) < LeastBits)
        {
            return null;
        }

        var answered = new HashSet<int>();
        foreach (var group in groups)
        {
            var count = group.Count();
            var (score, agreeing) = group.CountBy(answer => answer.Best ?? -1).MaxBy(pair => pair.Value);
            if (score < 0 || count < LeastImagesPerLabel || agreeing < count * LeastAgreement || !answered.Add(score))
            {
                return null;
            }

            order[score] = group.Key;
            right += agreeing;
        }

        // Answers that name labels without images leave the places of these labels open.
        var isIdentity = groups.TrueForAll(group => order[group.Key] == group.Key);
        return isIdentity || !groups.TrueForAll(group => answered.Contains(group.Key))
            ? null
            : new LabelOrder(order, right, answers.Count);
    }
}
