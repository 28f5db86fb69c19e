namespace ServerlessMme.Core.Models;

/// <summary>What the catalog says of a published model, before anything is downloaded.</summary>
/// <param name="Version">The artifact blob's ETag, unquoted; for a local folder, a mark that changes with its files.</param>
/// <param name="Bytes">The artifact's size; 0 when the catalog does not know it.</param>
/// <param name="Target">The model that the name stands for, where it is an alias; version and size are that one's.</param>
public sealed record ModelDescriptor(ModelName Name, string Version, long Bytes, ModelName? Target = null);
