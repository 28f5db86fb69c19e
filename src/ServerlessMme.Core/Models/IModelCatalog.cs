using ServerlessMme.Core.Failures;

namespace ServerlessMme.Core.Models;

/// <summary>Finds and fetches the models published in storage or in a local folder. Thread-safe.</summary>
public interface IModelCatalog
{
    /// <summary>Returns every published model, ordered by name.</summary>
    IAsyncEnumerable<ModelDescriptor> ListAsync(CancellationToken cancellationToken);

    /// <summary>Returns the model currently published under a name, or null if nothing is.</summary>
    Task<ModelDescriptor?> FindAsync(ModelName name, CancellationToken cancellationToken);

    /// <summary>
    /// Fetches the files of exactly this version to local disk. Returns a refusal if the artifact violates the
    /// contract. Any other failure is thrown.
    /// </summary>
    /// <exception cref="ModelReplacedException">The version is no longer published.</exception>
    Task<Outcome<ModelFiles>> FetchAsync(ModelDescriptor descriptor, CancellationToken cancellationToken);
}

/// <summary>A model's files on local disk. They stay unchanged while a model is loaded from them.</summary>
/// <param name="ManifestPath">Path of <c>model.json</c>.</param>
/// <param name="OnnxPath">Path of <c>model.onnx</c>; null for a remote model.</param>
/// <param name="Digest">SHA-256 of the artifact's bytes, as <c>sha256:</c> and 64 hexadecimal digits.</param>
public sealed record ModelFiles(string ManifestPath, string? OnnxPath, string Digest);

/// <summary>The requested version is no longer published. Look the model up again.</summary>
public sealed class ModelReplacedException(ModelName name, string version)
    : IOException($"Version {version} of model '{name}' is no longer published.");
