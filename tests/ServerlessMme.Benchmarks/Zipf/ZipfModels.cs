using ServerlessMme.Benchmarks.Fleet;

namespace ServerlessMme.Benchmarks.Zipf;

/// <summary>
/// The models' files: one for each under a limit, or one that becomes each model in place.
/// </summary>
internal sealed class ZipfModels
{
    private readonly ZipfOptions _options;
    private readonly FleetFile _file;

    public ZipfModels(ZipfOptions options)
    {
        _options = options;
        _file = FleetFile.Open(options.Folder);
        Bytes = new FileInfo(_file.OnnxPath).Length;
    }

    /// <summary>Size of one model's file.</summary>
    public long Bytes { get; }

    /// <summary>What every model's manifest says.</summary>
    public string ManifestPath => Path.Combine(_options.Folder, "model.json");

    /// <summary>Writes the files.</summary>
    /// <exception cref="IOException">The disk has no room for the models and their store.</exception>
    public static ZipfModels Create(ZipfOptions options)
    {
        FleetFile.Create(options.Fleet);
        var models = new ZipfModels(options);
        File.WriteAllText(models.ManifestPath, $$"""
            {
              "labels": ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"],
              "input": { "width": {{options.Size}}, "height": {{options.Size}} }
            }
            """);
        if (!options.HasOwnFiles)
        {
            return models;
        }

        models.RequireRoom();
        Directory.CreateDirectory(Path.GetDirectoryName(models.PathOf(0))!);
        for (var model = 0; model < options.Models; model++)
        {
            models._file.Become(model);
            File.Copy(models._file.OnnxPath, models.PathOf(model));
        }

        return models;
    }

    /// <summary>The file of a model that was prepared.</summary>
    public string PathOf(int model) =>
        _options.HasOwnFiles ? Path.Combine(_options.Folder, "models", $"{model}.onnx") : _file.OnnxPath;

    /// <summary>Writes the model where it has no file of its own. Not part of a measurement.</summary>
    public void Prepare(int model)
    {
        if (!_options.HasOwnFiles)
        {
            _file.Become(model);
        }
    }

    private void RequireRoom()
    {
        // The store of fine-tunes holds one backbone for all.
        var needed = Bytes * _options.Models * (_options.Kind == "finetunes" ? 1 : 3);
        var free = new DriveInfo(_options.Folder).AvailableFreeSpace;
        if (needed > free)
        {
            throw new IOException($"The models and their store need {needed >> 20} MiB in {_options.Folder}, which has "
                + $"{free >> 20} MiB. Set TMPDIR to a folder on a larger disk, or ask for fewer --models.");
        }
    }
}
