using System.Collections.Concurrent;
using ServerlessMme.Core.Backends;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Models.Manifests;
using ServerlessMme.SageMaker.Policy;
using ServerlessMme.SageMaker.Runtime;
using ServerlessMme.SageMaker.Settings;

namespace ServerlessMme.SageMaker;

/// <summary>
/// Creates backends that forward to SageMaker endpoints. Models behind one endpoint share its client, its limit on
/// requests in flight and its circuit breaker. Thread-safe; one per process.
/// </summary>
public sealed class SageMakerBackendFactory : IBackendFactory, IDisposable
{
    internal const string BackendType = "sagemaker";

    private readonly SageMakerOptions _options;
    private readonly Func<string?, IAmazonSageMakerRuntime> _createClient;
    private readonly TimeProvider _time;
    private readonly ConcurrentDictionary<string, Lazy<IAmazonSageMakerRuntime>> _clients = new();
    private readonly ConcurrentDictionary<(string Endpoint, string? Region), EndpointCalls> _endpoints = new();

    public SageMakerBackendFactory(SageMakerOptions options, TimeProvider time)
        : this(options, region => SageMakerClients.Create(options, region), time)
    {
    }

    /// <param name="createClient">Creates the client for a region; null means the region in the settings.</param>
    public SageMakerBackendFactory(
        SageMakerOptions options, Func<string?, IAmazonSageMakerRuntime> createClient, TimeProvider time)
    {
        _options = options;
        _createClient = createClient;
        _time = time;
    }

    public string Type => BackendType;

    public Task<Outcome<IBackend>> CreateAsync(ModelDescriptor descriptor, ModelFiles files, Manifest manifest,
        LoadAllowance allowance, CancellationToken cancellationToken) =>
        Task.FromResult(Create(descriptor.Name, manifest));

    public void Dispose()
    {
        foreach (var calls in _endpoints.Values)
        {
            calls.Dispose();
        }

        foreach (var client in _clients.Values)
        {
            if (client.IsValueCreated)
            {
                (client.Value as IDisposable)?.Dispose();
            }
        }
    }

    private Outcome<IBackend> Create(ModelName model, Manifest manifest)
    {
        if (!EndpointSettings.Read(model, manifest.Backend).TryGet(out var settings, out var refusal))
        {
            return refusal;
        }

        var calls = _endpoints.GetOrAdd((settings.Endpoint, settings.Region), Connect);
        return new SageMakerBackend(model, manifest, settings, calls, _options);
    }

    private EndpointCalls Connect((string Endpoint, string? Region) key)
    {
        var client = _clients.GetOrAdd(
            key.Region ?? "", _ => new Lazy<IAmazonSageMakerRuntime>(() => _createClient(key.Region)));
        return new EndpointCalls(key.Endpoint, client, _options, _time);
    }
}
