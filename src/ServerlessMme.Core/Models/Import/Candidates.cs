using System.Text.Json.Nodes;

namespace ServerlessMme.Core.Models.Import;

/// <summary>A draft with another preprocessing.</summary>
/// <param name="Text">What differs, for people.</param>
/// <param name="IsDraft">True for the draft as it was.</param>
public sealed record Candidate(string Text, Draft Draft, bool IsDraft);

/// <summary>The preprocessings worth trying on images.</summary>
public static class Candidates
{
    private const string Tried = "the images: it fits them best";

    private static readonly (string Mode, string Filter, string Text)[] Resizes =
    [
        ("stretch", "bilinear", "stretched, bilinear"), ("stretch", "nearest", "stretched, nearest"),
        ("shorter-side", "bilinear", "shorter side, center cropped"), ("cover", "lanczos", "covered, Lanczos"),
    ];

    /// <summary>Every usual range of values with every order of channels, and the draft itself first.</summary>
    public static IReadOnlyList<Candidate> Ranges(Draft draft)
    {
        var candidates = new List<Candidate> { new("as drafted", draft, IsDraft: true) };
        if (draft.Find("input.type")?.Value.GetValue<string>() == "uint8")
        {
            return candidates;
        }

        var orders = draft.Find("input.channels")?.Value.GetValue<string>() == "grey"
            ? ["grey"]
            : (string[])["RGB", "BGR"];
        foreach (var range in ValueRange.All)
        {
            foreach (var order in orders)
            {
                var changed = draft.Copy();
                changed.Set("input.channels", JsonValue.Create(order), Tried, Certainty.Likely);
                range.SetIn(changed, Tried, Certainty.Likely);
                Add(candidates, new Candidate($"{range.Text}{(order == "grey" ? "" : $", {order}")}", changed, false));
            }
        }

        return candidates;
    }

    /// <summary>Every usual way to resize, and the draft itself first.</summary>
    public static IReadOnlyList<Candidate> ResizeModes(Draft draft)
    {
        var candidates = new List<Candidate> { new("as before", draft, IsDraft: true) };
        foreach (var (mode, filter, text) in Resizes)
        {
            var changed = draft.Copy();
            changed.Set("input.resize.mode", JsonValue.Create(mode), Tried, Certainty.Likely);
            changed.Set("input.resize.filter", JsonValue.Create(filter), Tried, Certainty.Likely);
            changed.Remove("input.resize.side");
            changed.Remove("input.resize.offset");
            changed.Remove("input.resize.colour");
            if (mode == "shorter-side")
            {
                var longer = Math.Max(Side("input.width"), Side("input.height"));
                var side = JsonValue.Create((int)Math.Floor(longer / 0.875));
                changed.Set("input.resize.side", side, Tried, Certainty.Likely);
            }

            Add(candidates, new Candidate(text, changed, false));
        }

        return candidates;

        int Side(string member) => draft.Find(member)!.Value.GetValue<int>();
    }

    // The draft is tried once, under its own name.
    private static void Add(List<Candidate> candidates, Candidate candidate)
    {
        if (candidate.Draft.ToJson() != candidates[0].Draft.ToJson())
        {
            candidates.Add(candidate);
        }
        else
        {
            candidates[0] = candidates[0] with { Text = candidate.Text };
        }
    }
}
