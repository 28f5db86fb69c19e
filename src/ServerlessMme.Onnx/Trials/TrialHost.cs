using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Threading.Channels;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Models.Manifests;
using ServerlessMme.Onnx.Memory;
using ServerlessMme.Onnx.Sessions;

namespace ServerlessMme.Onnx.Trials;

/// <summary>
/// The child process's side of a trial. A program that calls <see cref="IsChild"/> before anything else can start
/// itself as a child, and try unknown models in a process that may crash. Requests arrive on standard input, and
/// answers go to standard output. Each is one line of JSON.
/// </summary>
public static class TrialHost
{
    /// <summary>The only command-line argument of a child.</summary>
    internal const string Argument = "--try-models";

    /// <summary>The command that starts a child; null if this program can't be started as one.</summary>
    internal static TrialCommand? Command { get; private set; }

    /// <summary>
    /// Returns true if this process is a child, which must do nothing but call <see cref="RunAsync"/>.
    /// </summary>
    public static bool IsChild(string[] args)
    {
        if (args is [Argument])
        {
            return true;
        }

        Command = TrialCommand.OfThisProcess();
        return false;
    }

    /// <summary>Tries models until the parent ends or closes the input.</summary>
    public static async Task<int> RunAsync()
    {
        await using var output = new StreamWriter(Console.OpenStandardOutput()) { AutoFlush = true };
        Console.SetOut(TextWriter.Null);
        ChildProcess.GiveWay();
        // Signals to the process group are meant for the parent, which ends its children.
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Ignore);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Ignore);
        using var hangup = PosixSignalRegistration.Create(PosixSignal.SIGHUP, Ignore);
        var requests = Channel.CreateUnbounded<string>();
        new Thread(() => Read(requests.Writer)) { IsBackground = true }.Start();
        Send(new TrialMessage(TrialStep.Ready));
        OnnxEnvironment.LoadLibrary();
        await foreach (var line in requests.Reader.ReadAllAsync())
        {
            var report = Try(TrialJson.ReadRequest(line), Send);
            Send(new TrialMessage(TrialStep.Done, report));
        }

        return 0;

        void Send(TrialMessage message) => output.WriteLine(TrialJson.Line(message));

        static void Ignore(PosixSignalContext signal) => signal.Cancel = true;
    }

    private static TrialReport Try(TrialRequest request, Action<TrialMessage> reached)
    {
        OnnxEnvironment.Start(request.IntraOpThreads);
        var name = ModelName.Parse(request.Model).Value;
        var read = ManifestReader.Read(name, File.ReadAllBytes(request.ManifestPath));
        if (!read.TryGet(out var manifest, out var refusal))
        {
            return TrialReport.Refuse(refusal);
        }

        var trial = new Trial(name, manifest, request.OnnxPath, request.Folder, SessionOpening.Unlimited,
            request.RunTimeout, TimeProvider.System);
        NativeHeap.Trim();
        DataLimit.TrySet(request.MemoryBytes);
        try
        {
            return trial.Run(measure: true, reached, CancellationToken.None);
        }
        finally
        {
            DataLimit.Lift();
            NativeHeap.Trim();
        }
    }

    /// <summary>
    /// Reads requests on a separate thread, and kills this process at the end of the input, because a hanging model
    /// can't be asked to stop.
    /// </summary>
    private static void Read(ChannelWriter<string> requests)
    {
        while (Console.In.ReadLine() is { } line)
        {
            requests.TryWrite(line);
        }

        Process.GetCurrentProcess().Kill();
    }
}
