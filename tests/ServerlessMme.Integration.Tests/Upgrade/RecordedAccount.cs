using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;
using ServerlessMme.Core.Models;
using ServerlessMme.Storage;
using ServerlessMme.Testing.Emulation;
using ServerlessMme.Testing.Files;
using ServerlessMme.Testing.Processes;

namespace ServerlessMme.Integration.Tests.Upgrade;

/// <summary>The account and the machine that are recorded, and what happens on them.</summary>
internal sealed class RecordedAccount : IAsyncDisposable
{
    private static readonly (string, string)[] Settings =
    [
        ("Mme__Reconcile__Interval", "00:00:00"),
        ("Mme__Queue__Visibility", "00:00:05"),
        // One message at a time, so a killed worker leaves the others.
        ("Mme__Queue__BatchSize", "1"),
        ("Mme__Queue__Listeners", "1"),
    ];

    private readonly TemporaryFolder _folder = new();
    private readonly EmulatedAccount _emulated;

    private RecordedAccount(EmulatedAccount emulated) => _emulated = emulated;

    public StorageAccount Account => _emulated.Account;

    /// <summary>The workers' folder for artifacts.</summary>
    public string Machine => _folder.PathOf("machine");

    public static async Task<RecordedAccount> StartAsync()
    {
        var account = new RecordedAccount(await EmulatedAccount.StartAsync());
        await account.Account.CreateAsync(CancellationToken.None);
        return account;
    }

    public async ValueTask DisposeAsync()
    {
        await _emulated.DisposeAsync();
        _folder.Dispose();
    }

    /// <summary>Publishes a model whose labels are these.</summary>
    public async Task PushAsync(string model, params string[] labels)
    {
        var folder = _folder.PathOf(model);
        await ColorModel.WriteAsync(folder, labels, minScore: 0.6);
        await RunAsync("models", "push", folder, "--name", model);
    }

    public async Task DropAsync(string model, string image, byte[] content)
    {
        var container = Account.ImagesOf(ModelName.Parse(model).Value);
        await container.CreateIfNotExistsAsync();
        await container.GetBlobClient(image).UploadAsync(BinaryData.FromBytes(content), overwrite: true);
    }

    /// <summary>Runs a command that must succeed, and returns its output.</summary>
    public Task<string> RunAsync(params string[] arguments) => RunAsync([], arguments);

    /// <inheritdoc cref="RunAsync(string[])"/>
    public async Task<string> RunAsync((string, string)[] settings, params string[] arguments)
    {
        var (exitCode, output, errors) = await MmeProcess.RunAsync(_emulated.ConnectionString, settings, arguments);
        Assert.True(exitCode == 0, $"{string.Join(' ', arguments)}: {output}{errors}");
        return output;
    }

    /// <summary>Writes a file for a command to read.</summary>
    public string Write(string name, string text) => _folder.Write(name, System.Text.Encoding.UTF8.GetBytes(text));

    public async Task<MmeProcess> StartWorkerAsync(params (string, string)[] settings)
    {
        var worker = MmeProcess.Start(
            _emulated.ConnectionString,
            [.. Settings, ("Mme__Artifacts__Folder", Directory.CreateDirectory(Machine).FullName), .. settings],
            ["worker"]);
        await worker.ListeningAsync();
        return worker;
    }

    /// <summary>Runs a worker until something has happened, and kills it.</summary>
    public async Task WorkUntilAsync(string what, Func<Task<bool>> isMoment, params (string, string)[] settings)
    {
        await using var worker = await StartWorkerAsync(settings);
        await Eventually.GetAsync<object>(
            TimeSpan.FromMinutes(1), what, async () => await isMoment() ? this : null, TimeSpan.FromMilliseconds(2));
        await worker.KillAsync();
    }

    /// <summary>Makes storage refuse to write a label, until the result is disposed.</summary>
    public async Task<IAsyncDisposable> LockLabelAsync(string model, string image)
    {
        var container = Account.LabelsOf(ModelName.Parse(model).Value);
        await container.CreateIfNotExistsAsync();
        var label = container.GetBlobClient($"{image}.json");
        await label.UploadAsync(BinaryData.FromString("{}"));
        await label.GetBlobLeaseClient().AcquireAsync(BlobLeaseClient.InfiniteLeaseDuration);
        return new LockedLabel(label);
    }

    /// <summary>Removes the label too, which nobody has written.</summary>
    private sealed class LockedLabel(BlobBaseClient label) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            await label.GetBlobLeaseClient().BreakAsync(TimeSpan.Zero);
            await label.DeleteAsync(DeleteSnapshotsOption.None);
        }
    }
}
