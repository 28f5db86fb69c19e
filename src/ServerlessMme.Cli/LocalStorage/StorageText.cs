using System.Globalization;
using ServerlessMme.Emulator.Background;

namespace ServerlessMme.Cli.LocalStorage;

/// <summary>Prints where local storage is, and how to connect to it.</summary>
internal static class StorageText
{
    private const double MiB = 1 << 20;

    public static void Print(BackgroundStorage storage, RunningStorage running)
    {
        var (blob, queue, table) = running.Ports;
        Console.WriteLine($"""
              ports  {blob} for blobs, {queue} for queues, {table} for tables, on 127.0.0.1
            """);
        PrintData(storage);
        Console.WriteLine($"""

            mme uses local storage if no other account is set. Other programs need its connection string.

            bash:
              export Mme__Storage__ConnectionString='{running.ConnectionString}'
            PowerShell:
              $env:Mme__Storage__ConnectionString = '{running.ConnectionString}'
            """);
    }

    public static void PrintData(BackgroundStorage storage) => Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture, $"  data   {storage.MeasureData() / MiB:0.0} MiB in {storage.Folder}"));
}
