using System.Reflection;
using Azure.Storage.Blobs;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using ServerlessMme.Core.Models;
using ServerlessMme.Emulator;
using ServerlessMme.Functions.Hosting;
using ServerlessMme.Hosting;
using ServerlessMme.Storage;
using ServerlessMme.Storage.Models;

namespace ServerlessMme.Functions.Tests.Support;

/// <summary>The app as Program.cs composes it, without the worker, on a storage emulator of its own.</summary>
public sealed class App : IAsyncDisposable
{
    private readonly Azurite _azurite;
    private readonly string _folder;
    private readonly ServiceProvider _services;

    private App(Azurite azurite, string folder, ServiceProvider services)
    {
        _azurite = azurite;
        _folder = folder;
        _services = services;
    }

    public static string Root { get; } = typeof(App).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(attribute => attribute.Key == "RepositoryRoot").Value!;

    public StorageAccount Account => Get<StorageAccount>();

    /// <summary>The app on a fresh emulator, with its containers and queues.</summary>
    public static async Task<App> StartAsync(params (string Key, string Value)[] settings)
    {
        var azurite = await Azurite.StartAsync(keep: false, _ => { }, TestContext.Current.CancellationToken);
        var folder = Directory.CreateTempSubdirectory("serverless-mme-functions-").FullName;
        var services = Compose(
        [
            ("AzureWebJobsStorage", azurite.ConnectionString),
            ("Mme:Artifacts:Folder", Path.Combine(folder, "models")),
            ("Mme:Onnx:StorePath", Path.Combine(folder, "tensors")),
            .. settings,
        ]);
        var app = new App(azurite, folder, services);
        await app.Account.CreateAsync(TestContext.Current.CancellationToken);
        return app;
    }

    /// <summary>The app's services with these settings alone.</summary>
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

    /// <summary>The classes with a function in them.</summary>
    public static IReadOnlyList<Type> Functions =>
    [
        .. typeof(ClassifyQueued).Assembly.GetTypes().Where(type => type.GetMethods().Any(
            method => method.IsDefined(typeof(Microsoft.Azure.Functions.Worker.FunctionAttribute)))),
    ];

    public T Get<T>()
        where T : notnull => _services.GetRequiredService<T>();

    /// <summary>Publishes the CIFAR-10 model of this repository under a name.</summary>
    public async Task<ModelName> PublishAsync(string name = "cifar10")
    {
        var model = ModelName.Parse(name).Value;
        var folder = Path.Combine(Root, "models", "cifar10");
        _ = (await Get<ModelPublisher>().PushAsync(model, folder, TestContext.Current.CancellationToken)).Value;
        return model;
    }

    /// <summary>Drops a sample image, or the bytes given, into the model's container.</summary>
    public async Task<BlobClient> DropAsync(ModelName model, string image, BinaryData? bytes = null)
    {
        var blob = Account.ImagesOf(model).GetBlobClient(image);
        bytes ??= BinaryData.FromBytes(await File.ReadAllBytesAsync(SamplePath("airplane-1.jpg")));
        await blob.UploadAsync(bytes, overwrite: true, TestContext.Current.CancellationToken);
        return blob;
    }

    public static string SamplePath(string image) => Path.Combine(Root, "sample-images", "cifar10", image);

    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        await _azurite.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }
}
