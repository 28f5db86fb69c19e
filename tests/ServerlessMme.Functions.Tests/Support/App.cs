using System.Reflection;
using System.Text.Json.Nodes;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Specialized;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using ServerlessMme.Core.Documents;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Queues;
using ServerlessMme.Functions.Hosting;
using ServerlessMme.Functions.Triggers;
using ServerlessMme.Hosting;
using ServerlessMme.Storage;
using ServerlessMme.Storage.Models;
using ServerlessMme.Testing.Emulation;
using ServerlessMme.Testing.Files;

namespace ServerlessMme.Functions.Tests.Support;

/// <summary>The app as Program.cs composes it, without the worker, on a storage emulator of its own.</summary>
public sealed class App : IAsyncDisposable
{
    private readonly EmulatedAccount _emulated;
    private readonly TemporaryFolder _folder;
    private readonly ServiceProvider _services;

    private App(EmulatedAccount emulated, TemporaryFolder folder, ServiceProvider services)
    {
        _emulated = emulated;
        _folder = folder;
        _services = services;
    }

    public StorageAccount Account => Get<StorageAccount>();

    /// <summary>The app on a fresh emulator, with its containers and queues.</summary>
    public static async Task<App> StartAsync(params (string Key, string Value)[] settings)
    {
        var emulated = await EmulatedAccount.StartAsync();
        var folder = new TemporaryFolder();
        var services = Compose(
        [
            ("AzureWebJobsStorage", emulated.ConnectionString),
            ("Mme:Artifacts:Folder", folder.PathOf("models")),
            ("Mme:Onnx:StorePath", folder.PathOf("tensors")),
            .. settings,
        ]);
        var app = new App(emulated, folder, services);
        await app.Account.CreateAsync(TestContext.Current.CancellationToken);
        return app;
    }

    /// <summary>The app's services with these settings only.</summary>
    public static ServiceProvider Compose(params (string Key, string Value)[] settings)
    {
        var configuration = new ConfigurationManager();
        foreach (var (key, value) in settings)
        {
            configuration[key] = value;
        }

        configuration.AddWebJobsStorage();
        var services = new ServiceCollection();
        services.AddSingleton<IConfiguration>(configuration);
        services.AddMetrics();
        services.AddLogging(logging => logging.SetMinimumLevel(LogLevel.None));
        services.AddApp(configuration);
        services.RemoveAll<IHostedService>();
        foreach (var function in Functions)
        {
            services.AddTransient(function);
        }

        return services.BuildServiceProvider();
    }

    /// <summary>The classes that contain a function.</summary>
    public static IReadOnlyList<Type> Functions =>
    [
        .. typeof(ClassifyQueued).Assembly.GetTypes().Where(type => type.GetMethods().Any(
            method => method.IsDefined(typeof(Microsoft.Azure.Functions.Worker.FunctionAttribute)))),
    ];

    public T Get<T>()
        where T : notnull => _services.GetRequiredService<T>();

    /// <summary>The app's trigger runner with a clock of the test's.</summary>
    public TriggerRunner Runner(TimeProvider time) =>
        ActivatorUtilities.CreateInstance<TriggerRunner>(_services, time);

    /// <summary>The same, which writes the reasons of poison messages into a store of the test's.</summary>
    public TriggerRunner Runner(TimeProvider time, IDocumentStore reasons) =>
        ActivatorUtilities.CreateInstance<TriggerRunner>(
            _services, time, ActivatorUtilities.CreateInstance<PoisonWriter>(_services, reasons));

    /// <summary>Publishes the CIFAR-10 model of this repository under a name.</summary>
    /// <param name="description">Another one makes another version.</param>
    public async Task<ModelName> PublishAsync(string name = "cifar10", string? description = null)
    {
        var model = ModelName.Parse(name).Value;
        var folder = Repository.PathOf("models", "cifar10");
        using var changed = new TemporaryFolder();
        if (description is not null)
        {
            var manifest = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(folder, "model.json")))!;
            manifest["description"] = description;
            await File.WriteAllTextAsync(changed.PathOf("model.json"), manifest.ToJsonString());
            File.Copy(Path.Combine(folder, "model.onnx"), changed.PathOf("model.onnx"));
            folder = changed.Root;
        }

        _ = (await Get<ModelPublisher>().PushAsync(model, folder, TestContext.Current.CancellationToken)).Value;
        return model;
    }

    /// <summary>Leases an image's label, so that storage refuses to replace it. The image isn't to blame.</summary>
    public async Task LockLabelAsync(ModelName model, string image)
    {
        var blob = Account.LabelsOf(model).GetBlobClient($"{image}.json");
        await blob.UploadAsync(BinaryData.FromString("{}"), TestContext.Current.CancellationToken);
        await blob.GetBlobLeaseClient().AcquireAsync(
            BlobLeaseClient.InfiniteLeaseDuration, cancellationToken: TestContext.Current.CancellationToken);
    }

    /// <summary>Drops a sample image, or the bytes given, into the model's container.</summary>
    public async Task<BlobClient> DropAsync(ModelName model, string image, BinaryData? bytes = null)
    {
        var blob = Account.ImagesOf(model).GetBlobClient(image);
        bytes ??= BinaryData.FromBytes(await File.ReadAllBytesAsync(SamplePath("airplane-1.jpg")));
        await blob.UploadAsync(bytes, overwrite: true, TestContext.Current.CancellationToken);
        return blob;
    }

    public static string SamplePath(string image) => Repository.PathOf("sample-images", "cifar10", image);

    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        await _emulated.DisposeAsync();
        _folder.Dispose();
    }
}
