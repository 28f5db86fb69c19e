using ServerlessMme.Core.Backends;
using ServerlessMme.Core.Models.Manifests;

namespace ServerlessMme.Core.Models.Cache;

/// <summary>A model that can answer. Whoever has it from a lease may use it as long as the lease lasts.</summary>
public sealed class LoadedModel(ModelDescriptor descriptor, string digest, Manifest manifest, IBackend backend)
{
    public ModelDescriptor Descriptor { get; } = descriptor;

    /// <summary>SHA-256 of the artifact, as <c>sha256:…</c>.</summary>
    public string Digest { get; } = digest;

    public Manifest Manifest { get; } = manifest;

    public IBackend Backend { get; } = backend;
}
