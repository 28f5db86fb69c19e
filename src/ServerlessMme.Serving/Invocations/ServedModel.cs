using ServerlessMme.Core.Backends;
using ServerlessMme.Core.Labels;
using ServerlessMme.Core.Models.Cache;
using ServerlessMme.Core.Models.Manifests;

namespace ServerlessMme.Serving.Invocations;

/// <summary>A loaded model, from the cache or from a container's models.</summary>
/// <param name="Name">The model as labels name it.</param>
internal sealed record ServedModel(AnsweringModel Name, LoadedModel Loaded)
{
    public Manifest Manifest => Loaded.Manifest;

    public IBackend Backend => Loaded.Backend;

    public static ServedModel Of(LoadedModel model) => new(
        new AnsweringModel(
            model.Descriptor.Name.Value, model.Descriptor.Version, model.Digest, model.Backend.Type),
        model);
}
