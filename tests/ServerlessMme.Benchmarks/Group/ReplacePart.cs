using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace ServerlessMme.Benchmarks.Group;

/// <summary>
/// One member of a group is replaced: the time to label images of the group again, beside the time to label them again
/// with
/// that model alone. Both include loading the new version.
/// </summary>
internal static class ReplacePart
{
    public static async Task RunAsync(GroupOptions options, string folder)
    {
        var (count, size) = (options.Models(200), options.Size(64));
        var jpegs = Images.Jpegs(options.Images(1000), size, size);
        var models = new MadeModels("finetunes", size, Path.Combine(folder, "models"));
        using var ours = new GroupSide(models, count, Path.Combine(folder, "store"));
        await ours.LoadAsync();
        var labels = new LabelStore();
        var group = MadeCatalog.GroupOf(count);
        await ours.RunAsync(group, jpegs, labels);
        var rounds = new List<(double Group, double Alone)>();
        var changed = 0L;
        for (var round = 0; round < options.Rounds(3); round++)
        {
            // The group is labeled with the member before; its next version is timed alone, the one after in the group.
            var replaced = (round + 1) * count / 5;
            var member = ours.Catalog.Members[replaced];
            await ours.RunAsync(member, jpegs, labels);
            ours.Catalog.Replace(replaced);
            var alone = await ours.RunAsync(member, jpegs, labels);
            ours.Catalog.Replace(replaced);
            var before = labels.Of(group);
            var together = await ours.RunAsync(group, jpegs, labels);
            changed += CountChanged(before, labels.Of(group), member.Value);
            rounds.Add((together, alone));
            Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{jpegs.Length} images: the group {together / 1000:0.00} s, the member alone {alone / 1000:0.00} s"));
        }

        Report.Write("group-replace", options.Save, new JsonObject
        {
            ["benchmark"] = "group",
            ["part"] = "replace",
            ["replace_ratio"] = Figures.Rounded(Figures.Median(rounds.Select(round => round.Group / round.Alone))),
            ["changed_bytes"] = changed,
            ["group_seconds"] = Figures.Rounded(Figures.Median(rounds.Select(round => round.Group)) / 1000),
            ["alone_seconds"] = Figures.Rounded(Figures.Median(rounds.Select(round => round.Alone)) / 1000),
            ["ratios"] = new JsonArray(
                [.. rounds.Select(round => (JsonNode)Figures.Rounded(round.Group / round.Alone))]),
            ["label_bytes"] = labels.Of(group).Values.First().Length,
            ["models"] = count,
            ["images"] = jpegs.Length,
            ["image_size"] = size,
            ["rounds"] = rounds.Count,
        });
    }

    /// <summary>
    /// Bytes of answers that changed though their model did not. Fails when the replaced one did not change.
    /// </summary>
    private static long CountChanged(
        IReadOnlyDictionary<string, byte[]> before, IReadOnlyDictionary<string, byte[]> after, string replaced)
    {
        var changed = 0L;
        foreach (var (image, json) in before)
        {
            var (old, now) = (Answers(json), Answers(after[image]));
            if (old.Count != now.Count || old[replaced] == now[replaced])
            {
                throw new InvalidOperationException($"Image {image} was not labeled again by {replaced}.");
            }

            changed += old.Where(answer => answer.Key != replaced && now[answer.Key] != answer.Value)
                .Sum(answer => (long)answer.Value.Length);
        }

        return changed;
    }

    private static Dictionary<string, string> Answers(byte[] json)
    {
        using var label = JsonDocument.Parse(json);
        return label.RootElement.GetProperty("answers").EnumerateArray().ToDictionary(
            answer => answer.GetProperty("model").GetProperty("name").GetString()!, answer => answer.GetRawText());
    }
}
