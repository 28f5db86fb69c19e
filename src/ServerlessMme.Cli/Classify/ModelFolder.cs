using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Models;

namespace ServerlessMme.Cli.Classify;

/// <summary>A model folder that the user named by its path, or by its name under <c>models/</c>.</summary>
internal sealed class ModelFolder(string text)
{
    private readonly string _path = Path.GetFullPath(Directory.Exists(text) ? text : Path.Combine("models", text))
        .TrimEnd('/', '\\');

    /// <summary>The name of the folder, which is the model's.</summary>
    public Outcome<ModelName> Name => ModelName.Parse(Path.GetFileName(_path));

    /// <summary>The folder that it is in.</summary>
    public string Parent => Path.GetDirectoryName(_path)!;

    public bool Exists => Directory.Exists(_path);

    /// <summary>Says that it holds no model.</summary>
    public string Missing => $"There is no model in '{_path}': a model folder has model.json and model.onnx in it.";
}
