using ServerlessMme.Core.Failures;

namespace ServerlessMme.Cli.Models;

/// <summary>The folder of a model, as users name it.</summary>
internal static class ModelFolder
{
    /// <summary>Why the path is not a model folder; null when it is a folder.</summary>
    public static string? FindProblem(string path) => Directory.Exists(path) ? null
        : File.Exists(path) && Path.GetExtension(path).ToLowerInvariant() is ".onnx" or ".zip"
            ? $"'{Printable.Text(path)}' is an export, not a model folder. 'mme models init' makes a model folder of it."
        : $"There is no folder '{Printable.Text(path)}'.";
}
