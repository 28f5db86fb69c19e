using System.Text.Json;
using ServerlessMme.Benchmarks.Fleet;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Models.Manifests;

namespace ServerlessMme.Benchmarks.Group;

/// <summary>
/// The models of one kind, all in one file that becomes whichever is asked for. A thousand files of VGG16 would take 57
/// GB.
/// </summary>
internal sealed class MadeModels
{
    private readonly FleetFile _file;
    private readonly Action<FleetFile, int> _finish;

    /// <param name="kind">As of <see cref="FleetOptions"/>.</param>
    /// <param name="size">Width and height of an image.</param>
    /// <param name="finish">What to change in a model after it was written; null for nothing.</param>
    public MadeModels(string kind, int size, string folder, Action<FleetFile, int>? finish = null)
    {
        Directory.CreateDirectory(folder);
        FleetFile.Create(new FleetOptions(kind, 1, 1, size, folder, "", false));
        _file = FleetFile.Open(folder);
        _finish = finish ?? ((_, _) => { });
        Size = size;
        ManifestPath = Path.Combine(folder, "model.json");
        var manifest = JsonSerializer.SerializeToUtf8Bytes(new
        {
            labels = Enumerable.Range(0, Scores).Select(i => $"class-{i}"),
            input = new { width = size, height = size },
        });
        File.WriteAllBytes(ManifestPath, manifest);
        Manifest = ManifestReader.Read(ModelName.Parse("made").Value, manifest).Value;
    }

    /// <summary>Scores of every model.</summary>
    public const int Scores = 10;

    /// <summary>Width and height of an image.</summary>
    public int Size { get; }

    public Manifest Manifest { get; }

    public string ManifestPath { get; }

    public string OnnxPath => _file.OnnxPath;

    /// <summary>Writes a model over the one before.</summary>
    /// <param name="number">Gives its own weights.</param>
    public void Become(int number)
    {
        _file.Become(number);
        _finish(_file, number);
    }
}
