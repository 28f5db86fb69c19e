using System.Text;
using System.Text.RegularExpressions;

namespace ServerlessMme.Integration.Tests.Upgrade;

/// <summary>This version uses the tensor store that an earlier version left on the machine.</summary>
[Collection(nameof(FinishedCollection))]
public sealed partial class StoreTests(FinishedRecordings recordings)
{
    public static IEnumerable<TheoryDataRow<string>> Versions() => Recording.Versions();

    [Theory(Timeout = 300_000)]
    [MemberData(nameof(Versions))]
    public async Task What_is_stored_for_this_machine_is_not_made_again(string version)
    {
        var account = await recordings.OfAsync(version);
        var recorded = Graphs(Recording.MachineOf(version));

        var now = Graphs(account.Machine);

        Assert.NotEmpty(recorded);
        var machines = recorded.Values.Select(MachineOf).ToHashSet();
        // On another processor, or with another format or runtime, models are stored beside what is there.
        Assert.All(
            now.Where(graph => !recorded.ContainsKey(graph.Key)),
            graph => Assert.DoesNotContain(MachineOf(graph.Value), machines));
        Assert.All(recorded, graph => Assert.True(
            !now.TryGetValue(graph.Key, out var bytes) || bytes.AsSpan().SequenceEqual(graph.Value),
            $"{graph.Key} was changed."));
    }

    /// <summary>The stored models, by the names of their files.</summary>
    private static Dictionary<string, byte[]> Graphs(string machine) =>
        Directory.GetFiles(Path.Combine(machine, "tensors", "graphs"))
            .ToDictionary(file => Path.GetFileName(file), file => File.ReadAllBytes(file));

    /// <summary>The runtime, the processor and the format that a stored model is made for.</summary>
    private static string MachineOf(byte[] graph) => Machine().Match(Encoding.Latin1.GetString(graph)).Groups[1].Value;

    [GeneratedRegex(@"sha256:[0-9a-f]{64}, (onnxruntime [ -~]*format \d+)")]
    private static partial Regex Machine();
}
