using System.Text.Json;
using ServerlessMme.Cli.Composition;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Jobs;
using ServerlessMme.Core.Models;

namespace ServerlessMme.Cli.Demo;

/// <summary>The models and sample images that come with the project.</summary>
/// <param name="ModelsFolder">A folder with one model folder per model.</param>
/// <param name="Samples">The samples in the order in which they are dropped.</param>
/// <param name="Skipped">Files beside the samples that expected.json doesn't name; null if there are none.</param>
internal sealed record DemoFiles(
    string ModelsFolder, IReadOnlyList<ModelName> Models, IReadOnlyList<Sample> Samples, SkippedFiles? Skipped)
{
    private const string ModelsName = "models";
    private const string SamplesName = "sample-images";
    private const string ExpectedName = "expected.json";

    /// <summary>Searches the current folder and its parents. Returns null if none has the files.</summary>
    public static DemoFiles? Find()
    {
        var root = Upwards(Environment.CurrentDirectory)
            .FirstOrDefault(folder => Directory.Exists(Path.Combine(folder, ModelsName))
                && Directory.Exists(Path.Combine(folder, SamplesName)));
        return root is null ? null : In(root);
    }

    /// <summary>Reads the demo's files in a folder that has models/ and sample-images/.</summary>
    public static DemoFiles In(string root) => Read(Path.Combine(root, ModelsName), Path.Combine(root, SamplesName));

    private static DemoFiles Read(string models, string samples)
    {
        var names = Directory.GetDirectories(models).Where(folder => File.Exists(Path.Combine(folder, "model.json")))
            .Select(folder => ModelName.Parse(Path.GetFileName(folder)).Value)
            .OrderBy(name => name.Value, StringComparer.Ordinal).ToList();
        var groups = names.Select(name => ReadSamples(name, samples)).ToList();
        var known = groups.SelectMany(group => group).Select(sample => sample.Path).ToHashSet(StringComparer.Ordinal);
        var others = names.Select(name => Path.Combine(samples, name.Value)).Where(Directory.Exists)
            .SelectMany(Directory.GetFiles)
            .Where(file => Path.GetFileName(file) != ExpectedName && !known.Contains(file)).Select(Path.GetFileName);
        return new DemoFiles(models, names, Interleave(groups), SkippedFiles.Of(others.OfType<string>()));
    }

    /// <summary>Alternates between the models, because real traffic switches models too.</summary>
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

        using var expected = Parse(file);
        return [.. expected.RootElement.EnumerateObject().Select(entry => new Sample(
            model,
            entry.Name,
            Path.Combine(samples, model.Value, entry.Name),
            entry.Value.ValueKind == JsonValueKind.String ? entry.Value.GetString() : null,
            entry.Value.ValueKind == JsonValueKind.Object ? entry.Value.GetProperty("error").GetString() : null))];
    }

    private static JsonDocument Parse(string file)
    {
        var json = File.ReadAllBytes(file);
        try
        {
            return JsonDocument.Parse(json);
        }
        catch (JsonException exception)
        {
            throw new CommandException(
                ExitCodes.Failed, $"{file}, {JsonProblem.Describe(json, exception)}.", exception);
        }
    }

    private static IEnumerable<string> Upwards(string folder)
    {
        for (var at = new DirectoryInfo(folder); at is not null; at = at.Parent)
        {
            yield return at.FullName;
        }
    }
}

/// <summary>A sample image and the expected answer: a label, or the code of a refusal.</summary>
internal sealed record Sample(ModelName Model, string Name, string Path, string? Label, string? Error)
{
    public string Expected => Label ?? Error!;
}
