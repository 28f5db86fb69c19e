using System.IO.Compression;
using System.Text.Json.Nodes;
using ServerlessMme.Core.Models.Import;
using ServerlessMme.Testing.Files;

namespace ServerlessMme.Cli.Tests.Models.Import;

/// <summary>A model as one of the sources exports it, and what <c>mme models init</c> must make of it.</summary>
internal sealed class ImportFixture
{
    private static readonly string Root =
        Repository.PathOf("tests", "ServerlessMme.Cli.Tests", "Models", "Import", "fixtures");

    private readonly string _folder;
    private readonly JsonObject _expected;

    public ImportFixture(string name)
    {
        Name = name;
        _folder = Path.Combine(Root, name);
        _expected = JsonNode.Parse(File.ReadAllText(Path.Combine(_folder, "expected.json")))!.AsObject();
    }

    /// <summary>The names of all fixtures, sorted.</summary>
    public static IReadOnlyList<string> Names { get; } =
        [.. Directory.GetDirectories(Root).Select(folder => Path.GetFileName(folder)).Order(StringComparer.Ordinal)];

    public string Name { get; }

    /// <summary>A zip, a folder, or an ONNX file that has nothing beside it.</summary>
    public string Source
    {
        get
        {
            var zip = Path.Combine(_folder, "source.zip");
            var folder = Path.Combine(_folder, "source");
            return File.Exists(zip) ? zip : Directory.GetFiles(folder) is [var only] ? only : folder;
        }
    }

    /// <summary>The ONNX file, wherever it is.</summary>
    public Stream OpenOnnx()
    {
        if (!Source.EndsWith(".zip", StringComparison.Ordinal))
        {
            return File.OpenRead(File.Exists(Source) ? Source : Directory.GetFiles(Source, "*.onnx").Single());
        }

        var memory = new MemoryStream();
        using var archive = ZipFile.OpenRead(Source);
        using var entry = archive.Entries.Single(each => each.Name.EndsWith(".onnx", StringComparison.Ordinal)).Open();
        entry.CopyTo(memory);
        memory.Position = 0;
        return memory;
    }

    public string Image => Directory.GetFiles(_folder, "image.*").Single();

    /// <summary>The members that must be equal.</summary>
    public JsonObject Manifest => _expected["manifest"]!.DeepClone().AsObject();

    /// <summary>Reference scores of the image, in the order of the labels.</summary>
    public double[] Scores => [.. _expected["scores"]!.AsArray().Select(score => score!.GetValue<double>())];

    /// <summary>Members that nobody can know from the files.</summary>
    public string[] Unsure => [.. _expected["unsure"]!.AsArray().Select(member => member!.GetValue<string>())];

    /// <summary>What the command must recognize.</summary>
    public ModelSource Origin => Enum.Parse<ModelSource>(
        _expected["source"]!.GetValue<string>().Replace("-", "", StringComparison.Ordinal), ignoreCase: true);

    /// <summary>How far a score may be off: float16 has 11 bits.</summary>
    public double Tolerance => Name.Contains("float16", StringComparison.Ordinal) ? 1e-3 : 1e-6;
}
