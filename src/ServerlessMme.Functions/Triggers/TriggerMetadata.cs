using System.Text.Json.Nodes;
using Microsoft.Azure.Functions.Worker.Core.FunctionMetadata;
using Microsoft.Extensions.Options;
using ServerlessMme.Core.Models;

namespace ServerlessMme.Functions.Triggers;

/// <summary>
/// Adapts the functions to the settings before the host reads them. Sets the timer's schedule, and registers
/// <see cref="ClassifyDropped"/> once per published model, or removes it if blob triggers are off. All registrations
/// share one entry point.
/// </summary>
/// <param name="catalog">Created only if needed, because creating it would delay the worker's connection.</param>
internal sealed class TriggerMetadata(IOptions<TriggerOptions> options, Lazy<IModelCatalog> catalog)
    : IFunctionMetadataTransformer
{
    /// <summary>The model whose container <see cref="ClassifyDropped"/> names in its attribute.</summary>
    private static readonly ModelName Sample = ModelName.Parse("cifar10").Value;

    private readonly TriggerOptions _options = options.Value;
    private readonly List<ModelName> _models = [];

    public string Name => nameof(TriggerMetadata);

    /// <summary>
    /// A model that has a trigger but isn't published yet, so its containers may be missing; null if
    /// every model is published.
    /// </summary>
    public ModelName? Unpublished { get; private set; }

    /// <summary>
    /// Finds the models that need a trigger. The host reads the functions once at startup, so a new model needs a
    /// restart. While nothing is published, only the sample model has a trigger, so it can be published later.
    /// </summary>
    /// <exception cref="TooManyTriggersException">
    /// More than <see cref="TriggerOptions.MaxBlobTriggers"/> models are published.
    /// </exception>
    public async Task ReadModelsAsync(CancellationToken cancellationToken)
    {
        if (!_options.Blobs)
        {
            return;
        }

        await foreach (var model in catalog.Value.ListAsync(cancellationToken))
        {
            _models.Add(model.Name);
        }

        if (_models.Count > TriggerOptions.MaxBlobTriggers)
        {
            throw new TooManyTriggersException(_models.Count);
        }

        if (_models.Count == 0)
        {
            Unpublished = Sample;
            _models.Add(Sample);
        }
    }

    public void Transform(IList<IFunctionMetadata> original)
    {
        for (var i = original.Count - 1; i >= 0; i--)
        {
            var function = original[i];
            if (function.Name == nameof(Reconcile))
            {
                original[i] = With(function, function.Name, timer => timer["schedule"] = _options.ReconcileSchedule);
            }

            if (function.Name != nameof(ClassifyDropped))
            {
                continue;
            }

            original.RemoveAt(i);
            foreach (var model in _models)
            {
                original.Add(For(model, function));
            }
        }
    }

    /// <summary>
    /// Returns the name of a model's function: the original name for the sample model, and a name with a prefix for
    /// other models, because function names begin with a letter, but model names may begin with a digit.
    /// </summary>
    internal static string FunctionName(ModelName model) =>
        model == Sample ? nameof(ClassifyDropped) : $"{nameof(ClassifyDropped)}-{model}";

    private DefaultFunctionMetadata For(ModelName model, IFunctionMetadata function) =>
        With(function, FunctionName(model), binding =>
        {
            binding["path"] = model.ImagesContainer + "/{name}";
            binding["source"] = _options.BlobSource == DropSource.EventGrid ? "EventGrid" : "LogsAndContainerScan";
        });

    private static DefaultFunctionMetadata With(IFunctionMetadata function, string name, Action<JsonNode> change)
    {
        var bindings = function.RawBindings!.Select(text => JsonNode.Parse(text)!).ToList();
        change(bindings.Single(binding =>
            binding["type"]!.GetValue<string>().EndsWith("Trigger", StringComparison.OrdinalIgnoreCase)));
        return new DefaultFunctionMetadata
        {
            Name = name,
            Language = function.Language,
            EntryPoint = function.EntryPoint,
            ScriptFile = function.ScriptFile,
            Retry = function.Retry,
            RawBindings = [.. bindings.Select(binding => binding.ToJsonString())],
        };
    }
}

/// <summary>The number of published models exceeds the maximum number of blob triggers.</summary>
internal sealed class TooManyTriggersException(int models) : IOException(
    $"Mme:Triggers:Blobs supports at most {TriggerOptions.MaxBlobTriggers} models, because each model needs its own "
    + $"blob trigger, but {models} are published. Set it to false, and send the account's blob-created events to the "
    + "queue 'classify' with one Event Grid subscription (docs/azure.md).");
