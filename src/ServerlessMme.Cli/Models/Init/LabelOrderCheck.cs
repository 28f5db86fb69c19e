using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Models.Import;

namespace ServerlessMme.Cli.Models.Init;

/// <summary>
/// Finds out whether the images fit another order of the labels. Labels that come from folders are in alphabetical
/// order, but the model's scores may not be.
/// </summary>
internal static class LabelOrderCheck
{
    private const string PassLabels =
        "Write the labels into a file, one per line, in the order of the model's scores, and pass it with "
        + "--labels FILE.";

    /// <summary>A longer order is described by its changes.</summary>
    private const int MostNames = 20;
    private const int MostChanges = 10;

    /// <summary>
    /// Returns the trials with the clearest other order of the labels, at most one for each order of the channels.
    /// </summary>
    public static IEnumerable<VariantTrial> Clearest(IEnumerable<VariantTrial> trials) =>
        trials.Where(trial => trial.Trial is { Order: not null, Problem: null })
            .GroupBy(trial => ChannelsOf(trial.Variant.Draft))
            .Select(group => group.OrderByDescending(trial => trial.Trial.Order!.Right)
                .ThenBy(trial => trial.Variant.Rank).First())
            .OrderBy(trial => trial.Variant.Rank);

    /// <summary>
    /// Returns a warning if nearly all answers would be right in another order of the labels, otherwise null.
    /// </summary>
    /// <param name="allowed">Trials that keep every certain value.</param>
    public static string? FindBetter(IEnumerable<VariantTrial> allowed, VariantTrial taken, Draft draft)
    {
        var better = Clearest(allowed).Where(trial => trial.Trial.Order is { ExplainsNearlyAll: true } order
            && IsMoreRight(order.Right, taken.Trial.Right!.Value, taken.Trial.Known)).ToList();
        if (better.Count == 0)
        {
            return null;
        }

        var mostRight = better.Max(trial => trial.Trial.Order!.Right);
        var orders = better
            .Where(trial => !IsMoreRight(mostRight, trial.Trial.Order!.Right, taken.Trial.Known))
            .DistinctBy(trial => Names(trial, draft)).ToList();
        return "The labels are probably in the wrong order. "
            + string.Join(" ", orders.Select(trial => Sentence(trial, draft, orders.Count > 1)))
            + $" Only {taken.Trial.Right} of {taken.Trial.Known} answers are right in the current order. "
            + $"Find the right order in the training code. {PassLabels}";
    }

    /// <summary>
    /// Returns a warning if the images fit other channels than drafted, but fit the drafted channels as well with the
    /// labels in another order. Returns null otherwise, or if the files or the user specify the labels.
    /// </summary>
    public static string? FindAmbiguity(IEnumerable<VariantTrial> allowed, VariantTrial taken, Draft draft)
    {
        var channels = ChannelsOf(taken.Variant.Draft);
        if (draft.Find("labels")!.Certainty == Certainty.Certain || channels == ChannelsOf(draft))
        {
            return null;
        }

        var other = Clearest(allowed).FirstOrDefault(trial => ChannelsOf(trial.Variant.Draft) == ChannelsOf(draft)
            && !IsMoreRight(taken.Trial.Right!.Value, trial.Trial.Order!.Right, taken.Trial.Known));
        return other is null
            ? null
            : $"The images fit {channels}, but they fit {ChannelsOf(draft)} as well if the labels are in another "
                + $"order: {Names(other, draft)}. Find the right order in the training code. {PassLabels}";
    }

    /// <summary>Returns true if the difference is too large for chance.</summary>
    public static bool IsMoreRight(int one, int other, int known) => one - other >= Math.Max(2, known / 10);

    private static string Sentence(VariantTrial trial, Draft draft, bool withChannels)
    {
        var order = trial.Trial.Order!;
        var with = withChannels ? $" with {ChannelsOf(trial.Variant.Draft)}" : "";
        return $"In the order {Names(trial, draft)}, {order.Right} of {order.Known} answers are right{with}.";
    }

    private static string Names(VariantTrial trial, Draft draft)
    {
        var labels = draft.Find("labels")!.Value.AsArray();
        var order = trial.Trial.Order!.Labels;
        if (order.Count <= MostNames)
        {
            return string.Join(", ", order.Select(Name));
        }

        var changes = order.Index().Where(pair => pair.Item != pair.Index)
            .Select(pair => $"{Name(pair.Item)} in line {pair.Index + 1}").ToList();
        return $"with {string.Join(", ", changes.Take(MostChanges))}"
            + (changes.Count > MostChanges ? $" and {changes.Count - MostChanges} other changes" : "");

        string Name(int label) => Printable.Text(labels[label]!.GetValue<string>(), 60);
    }

    private static string ChannelsOf(Draft draft) => draft.Find("input.channels")?.Value.GetValue<string>() ?? "RGB";
}
