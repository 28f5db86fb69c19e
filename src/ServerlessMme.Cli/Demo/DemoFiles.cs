using System.Text.Json;
using ServerlessMme.Core.Labels;
using ServerlessMme.Core.Models;

namespace ServerlessMme.Cli.Demo;

/// <summary>The models and sample images that come with the project.</summary>
/// <param name="ModelsFolder">One folder a model.</param>
/// <param name="Samples">What to drop, and what must come back.</param>
internal sealed record DemoFiles(string ModelsFolder, IReadOnlyList<ModelName> Models, IReadOnlyList<Sample> Samples)
{
    private const string ModelsName = "models";
    private const string SamplesName = "sample-images";
    private const string ExpectedName = "expected.json";

    /// <summary>Looks from the current folder upwards, then from the program's; null when neither leads there.</summary>
    public static DemoFiles? Find()
    {
        var root = new[] { Environment.CurrentDirectory, AppContext.BaseDirectory }.SelectMany(Upwards)
            .FirstOrDefault(folder => Directory.Exists(Path.Combine(folder, ModelsName))
                && Directory.Exists(Path.Combine(folder, SamplesName)));
        return root is null ? null : Read(Path.Combine(root, ModelsName), Path.Combine(root, SamplesName));
    }

    private static DemoFiles Read(string models, string samples)
    {
        var names = Directory.GetDirectories(models).Where(folder => File.Exists(Path.Combine(folder, "model.json")))
            .Select(folder => ModelName.Parse(Path.GetFileName(folder)).Value)
            .OrderBy(name => name.Value, StringComparer.Ordinal).ToList();
        return new DemoFiles(models, names, Interleave(names.Select(name => ReadSamples(name, samples))));
    }

    /// <summary>One of each model in turn, so that the demo switches between models as traffic does.</summary>
    private static List<Sample> Interleave(IEnumerable<IReadOnlyList<Sample>> groups) =>
        [.. groups.SelectMany(group => group.Select((sample, place) => (sample, place)))
            .OrderBy(item => item.place).Select(item => item.sample)];

    private static List<Sample> ReadSamples(ModelName model, string samples)
    {
        var file = Path.Combine(samples, model.Value, ExpectedName);
        if (!File.Exists(file))
        {
            return [];
        }

        using var expected = JsonDocument.Parse(File.ReadAllBytes(file));
        return [.. expected.RootElement.EnumerateObject().Select(entry => new Sample(
            model,
            entry.Name,
            Path.Combine(samples, model.Value, entry.Name),
            entry.Value.ValueKind == JsonValueKind.String ? entry.Value.GetString() : null,
            entry.Value.ValueKind == JsonValueKind.Object ? entry.Value.GetProperty("error").GetString() : null))];
    }

    private static IEnumerable<string> Upwards(string folder)
    {
        for (var at = new DirectoryInfo(folder); at is not null; at = at.Parent)
        {
            yield return at.FullName;
        }
    }
}

/// <summary>A sample image and what must come back: a label, or a refusal's code.</summary>
internal sealed record Sample(ModelName Model, string Name, string Path, string? Label, string? Error)
{
    public string Expected => Label ?? Error!;
}
